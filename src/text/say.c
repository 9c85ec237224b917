#include "text/say.h"

#include "base/money.h"
#include "base/utf8.h"
#include "text/texts.h"

#include <inttypes.h>
#include <stdio.h>

enum { NAME_UNITS_MAX = 64, VALUES_MAX = 16 };

static enum error say_one(say_fn *speaker, struct say *say, const struct message *part,
                          struct buf *out, struct why *why);
static void add_key(struct say *say, enum say_place place, struct message_part_key *key,
                    const say_text text, const struct template_value *values, size_t count);
static void render(const struct say *say, const say_text text, const struct template_value *values,
                   size_t count, struct buf *out);
static struct slice keep(struct say *say, int len);
static struct slice cut(struct slice text, size_t bytes);

enum error say_parts(say_fn *speaker, const struct config *config, struct calendar *calendar,
                     const struct message_work *work, struct buf *out, struct why *why)
{
    bool staff = work->kind == DELIVERY_staff || work->kind == DELIVERY_topic;
    struct buf text, keys;
    struct say say = {.config = config,
                      .calendar = calendar,
                      .language = work->language < LANGUAGE_COUNT && !staff
                                      ? (enum language)work->language
                                      : config->language,
                      .name = work->name,
                      .wait_ms = work->expected_wait_ms,
                      .telegram_id = work->telegram_id,
                      .text = &text,
                      .keys = &keys};
    struct message part;
    enum error error = ERROR_NONE;
    buf_init(&text, 1 << 20);
    buf_init(&keys, 65536);
    for (struct slice rest = work->parts; rest.len > 0 && error == ERROR_NONE;) {
        struct slice before = rest;
        struct why reason = {""};
        if (wire_decode(&rest, &part, &reason) != ERROR_NONE)
            error = why_set(why, ERROR_INVALID, "its parts cannot be read: %s", reason.text);
        else if (part.kind <= UINT8_MAX)
            buf_append(out, before.data, before.len - rest.len);
        else
            error = say_one(speaker, &say, &part, out, why);
    }
    buf_deinit(&text);
    buf_deinit(&keys);
    if (error == ERROR_NONE && out->failed)
        error = why_set(why, out->starved ? ERROR_MEMORY : ERROR_TOO_LARGE, "its text is too long");
    return error;
}

static enum error say_one(say_fn *speaker, struct say *say, const struct message *part,
                          struct buf *out, struct why *why)
{
    const char *name = message_name(part->kind);
    buf_clear(say->text);
    buf_clear(say->keys);
    say->alert = false;
    say->used = 0;
    if (speaker == NULL || !speaker(say, part))
        return why_set(why, ERROR_INVALID, "nobody can say a part %s", name);
    if (say->text->failed || say->keys->failed)
        return why_set(why,
                       say->text->starved || say->keys->starved ? ERROR_MEMORY : ERROR_TOO_LARGE,
                       "the text of a part %s is too long", name);
    const struct message text = {
        .kind = MESSAGE_part_text,
        .part_text = {.alert = say->alert, .text = cut(buf_slice(say->text), SAY_TEXT_BYTES_MAX)}};
    if (text.part_text.text.len > 0)
        wire_encode(out, &text);
    buf_append_slice(out, buf_slice(say->keys));
    return ERROR_NONE;
}

void say_values(struct say *say, const say_text text, const struct template_value *values,
                size_t count)
{
    render(say, text, values, count, say->text);
}

void say_line_values(struct say *say, const say_text text, const struct template_value *values,
                     size_t count)
{
    if (say->text->len > 0)
        buf_append_text(say->text, "\n");
    render(say, text, values, count, say->text);
}

void say_block_values(struct say *say, const say_text text, const struct template_value *values,
                      size_t count)
{
    if (say->text->len > 0)
        buf_append_text(say->text, "\n\n");
    render(say, text, values, count, say->text);
}

void say_data_key(struct say *say, enum say_place place, const char *data, const say_text text,
                  const struct template_value *values, size_t count)
{
    struct message_part_key key = {.data = slice_from(data)};
    add_key(say, place, &key, text, values, count);
}

void say_url_key(struct say *say, enum say_place place, const char *url, const say_text text,
                 const struct template_value *values, size_t count)
{
    struct message_part_key key = {.url = slice_from(url)};
    add_key(say, place, &key, text, values, count);
}

struct slice say_number(struct say *say, int64_t number)
{
    return keep(
        say, snprintf(say->scratch + say->used, SAY_SCRATCH_BYTES - say->used, "%" PRId64, number));
}

struct slice say_money(struct say *say, int64_t minor, struct slice currency)
{
    char code[CURRENCY_CODE_MAX], text[CALENDAR_TEXT_SIZE];
    if (!slice_copy(currency, code, sizeof code))
        return SLICE("");
    money_format_local(say->language, minor, code, text, sizeof text);
    return keep(say, snprintf(say->scratch + say->used, SAY_SCRATCH_BYTES - say->used, "%s", text));
}

struct slice say_exact(struct say *say, int64_t minor, struct slice currency)
{
    char code[CURRENCY_CODE_MAX], text[32];
    if (!slice_copy(currency, code, sizeof code))
        return SLICE("");
    money_format(minor, code, text, sizeof text);
    return keep(say, snprintf(say->scratch + say->used, SAY_SCRATCH_BYTES - say->used, "%s %s",
                              text, code));
}

struct slice say_time(struct say *say, uint64_t ms)
{
    char text[CALENDAR_TEXT_SIZE];
    calendar_format(say->calendar, say->language, ms > INT64_MAX ? INT64_MAX : (int64_t)ms, text,
                    sizeof text);
    return keep(say, snprintf(say->scratch + say->used, SAY_SCRATCH_BYTES - say->used, "%s", text));
}

struct slice say_period(struct say *say, struct period period)
{
    char text[CALENDAR_TEXT_SIZE];
    period_format_local(say->language, period, text, sizeof text);
    return keep(say, snprintf(say->scratch + say->used, SAY_SCRATCH_BYTES - say->used, "%s", text));
}

struct slice say_choice(const struct say *say, const say_text text)
{
    return slice_from(text[say->language]);
}

struct slice say_plan(const struct say *say, struct slice name)
{
    const struct config_plan *plan = config_plan_find(say->config, name);
    return plan == NULL ? name : slice_from(plan->title);
}

struct slice say_group(const struct say *say, struct slice name)
{
    const struct config_group *group = config_group_find(say->config, name);
    return group == NULL ? name : slice_from(group->title);
}

static void add_key(struct say *say, enum say_place place, struct message_part_key *key,
                    const say_text text, const struct template_value *values, size_t count)
{
    struct buf label;
    struct message message = {.kind = MESSAGE_part_key};
    buf_init(&label, 65536);
    render(say, text, values, count, &label);
    key->beside = place == SAY_BESIDE;
    key->text = cut(buf_slice(&label), SAY_KEY_BYTES_MAX);
    message.part_key = *key;
    if (message_fits(&message, NULL) && !label.failed)
        wire_encode(say->keys, &message);
    else
        say->keys->failed = true;
    say->keys->starved = say->keys->starved || label.starved;
    buf_deinit(&label);
}

static void render(const struct say *say, const say_text text, const struct template_value *values,
                   size_t count, struct buf *out)
{
    struct template_value all[VALUES_MAX];
    struct slice name = utf8_cut_utf16(say->name, NAME_UNITS_MAX);
    size_t n = 0;
    for (; n < count && n < VALUES_MAX - 2; n++)
        all[n] = values[n];
    all[n++] = (struct template_value){
        "name", name.len > 0 ? name : text_get(TEXT_nameless, say->language)};
    all[n++] = (struct template_value){"community", slice_from(say->config->community_name)};
    template_render(out, slice_from(text[say->language]), all, n);
}

static struct slice keep(struct say *say, int len)
{
    if (len < 0 || (size_t)len >= SAY_SCRATCH_BYTES - say->used)
        return SLICE("");
    struct slice kept = slice_of(say->scratch + say->used, (size_t)len);
    say->used += (size_t)len + 1;
    return kept;
}

/* At most so many bytes, between characters. */
static struct slice cut(struct slice text, size_t bytes)
{
    size_t len = text.len < bytes ? text.len : bytes;
    while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--;
    return slice_of(text.data, len);
}
