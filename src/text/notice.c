#include "text/notice.h"

#include "base/utf8.h"
#include "text/template.h"
#include "text/texts.h"

enum { TITLE_UNITS_MAX = 128, RENDERED_BYTES_MAX = 1 << 20 };

static const char *const names[] = {"name", "community", "plan"};

static void render(const struct config *config, struct slice text, struct slice name,
                   struct slice plan, struct buf *out);
static bool is_blank(struct slice text);

enum error notice_check(const struct config *config, struct slice text,
                        const struct config_plan *plan, struct why *why)
{
    char longest[NOTICE_NAME_UNITS_MAX];
    memset(longest, 'M', sizeof(longest));
    if (is_blank(text))
        return why_set(why, ERROR_INVALID, "it is empty");
    if (text.len > NOTICE_BYTES_MAX)
        return why_set(why, ERROR_TOO_LARGE, "%zu bytes; at most %d are allowed", text.len,
                       NOTICE_BYTES_MAX);
    /* The last of the names is there for a plan only. */
    size_t count = sizeof(names) / sizeof(names[0]) - (plan == NULL);
    enum error error = template_check_names(text, names, count, why);
    if (error != ERROR_NONE)
        return error;
    struct buf out;
    buf_init(&out, RENDERED_BYTES_MAX);
    render(config, text, slice_of(longest, sizeof(longest)),
           slice_from(plan == NULL ? "" : plan->title), &out);
    size_t units = utf8_utf16_length(buf_slice(&out));
    bool full = out.failed && !out.starved;
    bool starved = out.starved;
    buf_deinit(&out);
    if (starved)
        return why_set(why, ERROR_MEMORY, "out of memory");
    if (full || units > NOTICE_UNITS_MAX)
        return why_set(why, ERROR_TOO_LARGE,
                       "%zu characters for a member with a long name; Telegram allows %d", units,
                       NOTICE_UNITS_MAX);
    return ERROR_NONE;
}

void notice_write(const struct config *config, const struct message_work *work,
                  const struct message_part_notice *part, struct buf *out)
{
    enum language language =
        part->language < LANGUAGE_COUNT ? (enum language)part->language : config->language;
    struct slice name = utf8_cut_utf16(work->name, NOTICE_NAME_UNITS_MAX);
    if (name.len == 0)
        name = text_get(TEXT_nameless, language);
    const struct config_plan *plan = config_plan_find(config, part->plan);
    size_t before = out->len;
    render(config, part->text, name, plan != NULL ? slice_from(plan->title) : part->plan, out);
    /* The community may have a longer name since. */
    struct slice written = slice_of(out->data == NULL ? "" : out->data + before, out->len - before);
    out->len = before + utf8_cut_utf16(written, NOTICE_UNITS_MAX).len;
}

static void render(const struct config *config, struct slice text, struct slice name,
                   struct slice plan, struct buf *out)
{
    const struct template_value values[] = {
        {names[0], name},
        {names[1], utf8_cut_utf16(slice_from(config->community_name), TITLE_UNITS_MAX)},
        {names[2], utf8_cut_utf16(plan, TITLE_UNITS_MAX)},
    };
    template_render(out, text, values, sizeof(values) / sizeof(values[0]));
}

static bool is_blank(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(" \t\r\n", text.data[i]) == NULL || text.data[i] == '\0')
            return false;
    }
    return true;
}
