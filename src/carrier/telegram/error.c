#include "carrier/telegram/error.h"

#include "base/assert.h"
#include "base/json.h"
#include "base/clean.h"

#include <limits.h>
#include <stdio.h>

enum {
    ANSWER_DEPTH_MAX =
        64, /* a Message may hold one that it replies to, with a keyboard and so on */
    CODE_MIN = 400,
    CODE_MAX = 599
};

#define KIND(name)  (1U << DELIVERY_##name)
#define ANY         UINT_MAX
#define APPROVE     KIND(approve)
#define DECLINE     KIND(decline)
#define REMOVE      KIND(remove)
#define REVOKE_LINK KIND(revoke_link)
#define NOTICES     KIND(notice)
#define MESSAGES    (KIND(letter) | KIND(notice) | KIND(reply) | KIND(invoice))
#define EDITS       (KIND(reply) | KIND(staff))
#define ANSWER      (KIND(answer) | KIND(pre_checkout))
#define STAR_REFUND KIND(star_refund)

struct error_row {
    unsigned code_min;
    unsigned code_max;
    const char *pattern;
    unsigned kinds; /* bits of enum delivery_kind */
    enum outcome outcome;
};

static const struct error_row rows[] = {
#define TELEGRAM_ERROR(code_min, code_max, pattern, kinds, outcome)                                \
    {code_min, code_max, pattern, kinds, OUTCOME_##outcome},
#include "carrier/telegram/errors.def"
#undef TELEGRAM_ERROR
};

static bool parse_body(unsigned http_status, const cJSON *root, struct telegram_answer *out);
static void parse_failure(unsigned http_status, const cJSON *root, struct telegram_answer *out);

void telegram_answer_parse(unsigned http_status, uint32_t retry_after_s, struct slice body,
                           struct telegram_answer *out)
{
    *out = (struct telegram_answer){.code = http_status, .retry_after_s = retry_after_s};
    cJSON *root = NULL;
    enum error error = json_parse(body, TELEGRAM_ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, &root, NULL);
    if (error != ERROR_NONE || !parse_body(http_status, root, out))
        snprintf(out->description, sizeof out->description,
                 "status %u without an answer of the Bot API", http_status);
    json_free(&root);
    if (out->retry_after_s > TELEGRAM_RETRY_AFTER_S_MAX)
        out->retry_after_s = TELEGRAM_RETRY_AFTER_S_MAX;
}

enum outcome telegram_classify(enum delivery_kind kind, const struct telegram_answer *answer)
{
    ASSERT(kind > DELIVERY_none && kind < DELIVERY_COUNT);
    /* A link that nobody was told of is of no use to anyone: make another. */
    bool makes = kind == DELIVERY_create_link || kind == DELIVERY_invoice_link;
    if (answer->ok && makes && answer->invite_link[0] == '\0')
        return OUTCOME_RETRY;
    if (answer->ok)
        return OUTCOME_DONE;
    if (answer->migrate_to_chat_id != 0)
        return OUTCOME_MIGRATED;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct error_row *row = &rows[i];
        if (answer->code >= row->code_min && answer->code <= row->code_max &&
            (row->kinds & (1U << kind)) != 0 &&
            strcasestr(answer->description, row->pattern) != NULL)
            return row->outcome;
    }
    return OUTCOME_FAILED;
}

bool telegram_in_doubt(const struct telegram_answer *answer)
{
    return !answer->ok && (answer->code < CODE_MIN || answer->code == 408 || answer->code >= 500);
}

/* False when root is no answer of the Bot API. */
static bool parse_body(unsigned http_status, const cJSON *root, struct telegram_answer *out)
{
    bool ok;
    if (!json_bool(json_member(root, "ok"), &ok))
        return false;
    if (!ok) {
        parse_failure(http_status, root, out);
        return true;
    }
    /* A proxy that turned the status into an error is believed: the worst is a repeated grant. */
    if (http_status < 200 || http_status > 299)
        return false;
    out->ok = true;
    const cJSON *result = json_member(root, "result");
    struct slice link = cJSON_IsString(result) ? json_string(result)
                                               : json_string(json_member(result, "invite_link"));
    if (!slice_copy(link, out->invite_link, sizeof out->invite_link) ||
        !slice_is_text(slice_from(out->invite_link)))
        out->invite_link[0] = '\0';
    if (!json_i64(json_member(result, "message_id"), &out->message_id))
        out->message_id = 0;
    if (!json_i64(json_member(result, "message_thread_id"), &out->thread_id))
        out->thread_id = 0;
    return true;
}

static void parse_failure(unsigned http_status, const cJSON *root, struct telegram_answer *out)
{
    int64_t number;
    out->code = http_status;
    if (json_i64(json_member(root, "error_code"), &number) && number >= CODE_MIN &&
        number <= CODE_MAX)
        out->code = (unsigned)number;
    clean_copy(out->description, sizeof out->description,
               json_string(json_member(root, "description")));
    if (out->description[0] == '\0')
        snprintf(out->description, sizeof out->description, "error %u without a description",
                 out->code);

    const cJSON *parameters = json_member(root, "parameters");
    if (json_i64(json_member(parameters, "retry_after"), &number) && number > 0)
        out->retry_after_s =
            number < TELEGRAM_RETRY_AFTER_S_MAX ? (uint32_t)number : TELEGRAM_RETRY_AFTER_S_MAX;
    if (json_i64(json_member(parameters, "migrate_to_chat_id"), &number) && number < 0)
        out->migrate_to_chat_id = number;
}
