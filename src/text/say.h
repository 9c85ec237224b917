/* Parts of modules put into words: a module's say row is handed a struct say and appends texts and
 * buttons in the reader's language (say_text, say_key, ...). Texts are rows of three, by language:
 *
 *   static const say_text thanks = {"Thank you, {{name}}.", "谢谢,{{name}}。", "謝謝,{{name}}。"};
 *   say_line(say, thanks);
 *   say_line(say, left, {"count", say_number(say, part->left)}, {"until", say_time(say, ms)});
 *
 * {{name}} and {{community}} are known in every text. A key's text is shown on one button. Pure. */
#ifndef USHER_TEXT_SAY_H
#define USHER_TEXT_SAY_H

#include "config/config.h"
#include "text/calendar.h"
#include "text/template.h"

typedef const char *say_text[LANGUAGE_COUNT];

enum { SAY_SCRATCH_BYTES = 4096, SAY_TEXT_BYTES_MAX = 12288, SAY_KEY_BYTES_MAX = 256 };

struct say {
    const struct config *config;
    struct calendar *calendar;
    enum language language;
    struct slice name;               /* of the person, "" when it is not known */
    int64_t telegram_id;             /* 0: nobody's */
    uint64_t wait_ms;                /* until their letter goes, about; 0: soon */
    bool alert;                      /* of an answer to a button: in a window */
    struct buf *text;                /* what this part says */
    struct buf *keys;                /* encoded part_key messages */
    char scratch[SAY_SCRATCH_BYTES]; /* what say_money and the like return lies here */
    size_t used;
};

/* Puts a module's part into words; false when no module has a say row for it. */
typedef bool say_fn(struct say *say, const struct message *part);

/* Appends encoded part_text and part_key messages of `language` 0 in place of parts of modules, and
 * the others as they are. ERROR_INVALID when the parts cannot be read, or nobody can say one;
 * ERROR_TOO_LARGE, ERROR_MEMORY. */
enum error say_parts(say_fn *speaker, const struct config *config, struct calendar *calendar,
                     const struct message_work *work, struct buf *out, struct why *why);

/* Appends a text with its placeholders replaced. */
void say_values(struct say *say, const say_text text, const struct template_value *values,
                size_t count);
/* The same on a line of its own, and behind an empty one. */
void say_line_values(struct say *say, const say_text text, const struct template_value *values,
                     size_t count);
void say_block_values(struct say *say, const say_text text, const struct template_value *values,
                      size_t count);
/* A button, with data for a callback (ledger/words.h: said_data) or an address to open. */
enum say_place { SAY_BELOW, SAY_BESIDE };
void say_data_key(struct say *say, enum say_place place, const char *data, const say_text text,
                  const struct template_value *values, size_t count);
void say_url_key(struct say *say, enum say_place place, const char *url, const say_text text,
                 const struct template_value *values, size_t count);

/* Values may follow: {"name", slice}. */
#define SAY_VALUES(...)                                                                            \
    (const struct template_value[]){{NULL, {NULL, 0}}, __VA_ARGS__} + 1,                           \
        sizeof((const struct template_value[]){{NULL, {NULL, 0}}, __VA_ARGS__}) /                  \
                sizeof(struct template_value) -                                                    \
            1
#define say_append(say, text, ...) say_values(say, text, SAY_VALUES(__VA_ARGS__))
#define say_line(say, text, ...)   say_line_values(say, text, SAY_VALUES(__VA_ARGS__))
#define say_block(say, text, ...)  say_block_values(say, text, SAY_VALUES(__VA_ARGS__))
#define say_key(say, place, data, text, ...)                                                       \
    say_data_key(say, place, data, text, SAY_VALUES(__VA_ARGS__))
#define say_link(say, place, url, text, ...)                                                       \
    say_url_key(say, place, url, text, SAY_VALUES(__VA_ARGS__))

/* Values, in the reader's language; good until the part is said. "" when there is no room left. */
struct slice say_number(struct say *say, int64_t number);
struct slice say_money(struct say *say, int64_t minor, struct slice currency);
/* "29.00 USD" in every language, as orders and gateways write it. */
struct slice say_exact(struct say *say, int64_t minor, struct slice currency);
struct slice say_time(struct say *say, uint64_t ms); /* in the community's time zone */
struct slice say_period(struct say *say, struct period period);
struct slice say_choice(const struct say *say, const say_text text);
/* The title of a plan or a group, its name when the configuration has it no more. */
struct slice say_plan(const struct say *say, struct slice plan);
struct slice say_group(const struct say *say, struct slice group);

#endif
