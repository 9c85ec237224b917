/* Letters of any parts and any operator's texts. The input up to its first NUL byte is a plan's
 * welcome text and a broadcast's text (used as the program would: only when template_check, or
 * notice_check, takes it), the rest the parts. Whatever is rendered must be JSON that Telegram
 * takes. */
#include "base/json.h"
#include "base/utf8.h"
#include "text/letter.h"
#include "text/notice.h"
#include "text/template.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

enum { PARAMS_MAX = 65536, INPUT_MAX = 16384 };

static char welcome[INPUT_MAX + 1];
static char *resources[] = {"https://example.org/a"};
static struct config_group groups[] = {
    {.name = "a", .chat_id = -1, .invite = INVITE_JOIN_REQUEST, .title = "A"},
    {.name = "b", .chat_id = -2, .invite = INVITE_ONE_TIME_LINK, .title = "B"},
};
static struct config_plan plans[] = {
    {.name = "a", .title = "A", .resources = resources, .resource_count = 1},
    {.name = "b", .title = "B"},
};
static const struct config config = {
    .community_name = "Club",
    .groups = groups,
    .group_count = 2,
    .plans = plans,
    .plan_count = 2,
};

static void check_message(struct slice params)
{
    cJSON *json = NULL;
    MUST(json_parse(params, PARAMS_MAX, 8, &json, NULL) == ERROR_NONE);
    struct slice text = json_string(json_member(json, "text"));
    size_t units = utf8_utf16_length(text);
    MUST(units >= 1 && units <= 4096);
    const cJSON *rows = json_pointer(json, "/reply_markup/inline_keyboard");
    int count = rows ? cJSON_GetArraySize(rows) : 0;
    MUST(count <= 100);
    for (int i = 0; i < count; i++) {
        const cJSON *button = cJSON_GetArrayItem(cJSON_GetArrayItem(rows, i), 0);
        size_t label = utf8_utf16_length(json_string(json_member(button, "text")));
        MUST(label >= 1 && label <= 64);
        MUST(json_string(json_member(button, "url")).len > 5);
    }
    json_free(&json);
}

static void render(struct calendar *calendar, const struct message_work *work, bool good)
{
    struct buf params;
    struct why why;
    const char *method;
    int64_t chat_id;
    buf_init(&params, PARAMS_MAX);
    enum error error =
        letter_render(NULL, &config, calendar, work, &method, &chat_id, &params, &why);
    if (error == ERROR_NONE && (good || work->kind == DELIVERY_letter))
        check_message(buf_slice(&params));
    else
        MUST(!good && (error == ERROR_NONE || error == ERROR_INVALID || error == ERROR_NOT_FOUND ||
                       error == ERROR_TOO_LARGE));
    buf_deinit(&params);
}

/* A broadcast's text that is taken must be rendered, for whoever it is, and never be cut. */
static void check_notice(struct calendar *calendar, struct message_work work,
                         const struct config_plan *plan)
{
    struct buf part;
    struct why why;
    if (notice_check(&config, slice_from(welcome), plan, &why) != ERROR_NONE)
        return;
    const struct message message = {
        .kind = MESSAGE_part_notice,
        .part_notice = {.plan = slice_from(plan == NULL ? "" : plan->name),
                        .language = work.language,
                        .text = slice_from(welcome)}};
    buf_init(&part, PARAMS_MAX);
    wire_encode(&part, &message);
    work.kind = DELIVERY_notice;
    work.parts = buf_slice(&part);
    render(calendar, &work, true);
    buf_deinit(&part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct calendar *calendar;
    if (calendar == NULL)
        MUST(calendar_new("Asia/Shanghai", &calendar) == ERROR_NONE);
    const uint8_t *nul = size > 0 && size <= INPUT_MAX ? memchr(data, 0, size) : NULL;
    if (nul == NULL)
        return 0;
    size_t text_len = (size_t)(nul - data);
    MUST(slice_copy(slice_of(data, text_len), welcome, sizeof(welcome)));
    struct why why;
    bool good = template_check(slice_from(welcome), &why) == ERROR_NONE;
    plans[0].welcome_text = good ? welcome : NULL;

    for (uint64_t language = 0; language <= LANGUAGE_COUNT; language++) {
        struct message_work work = {.kind = DELIVERY_letter,
                                    .telegram_id = 7,
                                    .name = slice_of(data, text_len < 256 ? text_len : 256),
                                    .language = language,
                                    .parts = slice_of(nul + 1, size - text_len - 1)};
        render(calendar, &work, false);
        check_notice(calendar, work, NULL);
        check_notice(calendar, work, &plans[0]);
        work.kind = DELIVERY_notice;
        render(calendar, &work, false);
    }
    return 0;
}
