/* Questions about the state, answered as JSON (desk/api.c says which question is which resource;
 * modules have rows of their own).
 */
#include "ledger/clock.h"
#include "ledger/query.h"

#include "base/json.h"
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/outbox.h"
#include "ledger/person.h"
#include "ledger/registry.h"

#include <cjson/cJSON.h>

static bool answer_member(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_queue(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_status(struct ledger *ledger, const struct message_query *query, cJSON *out);
static bool answer_ask(struct ledger *ledger, const struct message_query *query, cJSON *out);

/* Each fills out and returns true, or returns false for "not found". */
static const struct query_row frame_queries[] = {
    {QUERY_MEMBER, answer_member, "no member has this Telegram id"},
    {QUERY_QUEUE, answer_queue, "no such delivery state"},
    {QUERY_STATUS, answer_status, "no status"},
    {QUERY_ASK, answer_ask, "there is no such thing"},
    {0, NULL, NULL}};

static const struct query_row *query_row_of(uint64_t what);
static void add_member_deliveries(struct ledger *ledger, int64_t telegram_id, cJSON *out);
static void add_delivery(cJSON *item, uint64_t id, const struct record_delivery *delivery);

enum error ledger_query(struct ledger *ledger, const struct message_query *query, struct buf *json,
                        unsigned *status)
{
    const struct query_row *row = query_row_of(query->what);
    bool known = row != NULL;
    json_build();
    cJSON *out = cJSON_CreateObject();
    if (out == NULL)
        return ERROR_MEMORY;
    enum error error = batch_begin(ledger, false);
    if (error != ERROR_NONE) {
        cJSON_Delete(out);
        return error;
    }
    bool found = known && row->answer(ledger, query, out);
    error = batch_end(ledger);
    if (!found) {
        cJSON_Delete(out);
        out = cJSON_CreateObject();
        cJSON_AddStringToObject(out, "type", "about:blank");
        cJSON_AddStringToObject(out, "title", known ? "Not Found" : "Bad Request");
        cJSON_AddNumberToObject(out, "status", known ? 404 : 400);
        cJSON_AddStringToObject(out, "code", known ? "not_found" : "invalid");
        cJSON_AddStringToObject(out, "detail", known ? row->missing : "no such question");
    }
    *status = found ? 200 : known ? 404 : 400;
    char *text = cJSON_PrintUnformatted(out);
    cJSON_Delete(out);
    if (text == NULL || !json_complete()) {
        cJSON_free(text);
        return ERROR_MEMORY;
    }
    buf_append_text(json, text);
    cJSON_free(text);
    return json->failed ? ERROR_TOO_LARGE : error;
}

uint64_t query_limit(const struct message_query *query)
{
    return query->limit == 0                ? QUERY_LIMIT_DEFAULT
           : query->limit < QUERY_LIMIT_MAX ? query->limit
                                            : QUERY_LIMIT_MAX;
}

static const struct query_row *query_row_of(uint64_t what)
{
    for (const struct query_row *row = frame_queries; row->answer != NULL; row++)
        if (row->what == what)
            return row;
    return registry_query(what);
}

/* A module's question. */
static bool answer_ask(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct message message;
    if (wire_decode_one(query->ask, &message, NULL) != ERROR_NONE)
        return false;
    const struct ask_row *ask = registry_ask(message.kind);
    if (ask == NULL || !ask->answer(ledger, message.module, out))
        return false;
    registry_extend(ledger, ask->shape(), message.module, out);
    return true;
}

static bool answer_member(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct record_member member;
    if (!member_load(ledger, query->subject, &member))
        return false;
    enum language language =
        member.language_known ? (enum language)member.language : ledger->catalog->language;
    cJSON_AddNumberToObject(out, "telegram_id", (double)query->subject);
    cJSON_AddStringToObject(out, "name", member.name);
    cJSON_AddStringToObject(out, "language", language_tag(language));
    json_add_time(out, "known_since", member.created_ms);
    json_add_time(out, "seen", member.seen_ms);
    cJSON_AddBoolToObject(out, "reachable", !member.unreachable);
    add_member_deliveries(ledger, query->subject, out);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->document != NULL)
            (*module)->document(ledger, query->subject, out);
    return true;
}

static void add_member_deliveries(struct ledger *ledger, int64_t telegram_id, cJSON *out)
{
    cJSON *list = cJSON_AddArrayToObject(out, "deliveries");
    size_t listed = person_delivery_count(ledger, telegram_id);
    for (size_t n = 0; n < listed; n++) {
        struct record_delivery delivery;
        uint64_t id = person_delivery_at(ledger, telegram_id, n);
        if (delivery_load(ledger, id, &delivery))
            add_delivery(json_add_item(list), id, &delivery);
    }
}

static bool answer_queue(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    bool known = query->text.len == 0;
    cJSON *by_state = cJSON_AddObjectToObject(out, "counts");
    for (int state = 0; state < STAGE_COUNT; state++) {
        const char *name = delivery_stage_name((enum delivery_stage)state);
        cJSON_AddNumberToObject(by_state, name, (double)counts.deliveries[state]);
        known = known || slice_is(query->text, name);
    }
    cJSON_AddBoolToObject(out, "removals_held", ledger->meta.removals_held);
    cJSON *list = cJSON_AddArrayToObject(out, "deliveries");
    uint64_t left = query_limit(query);
    /* Without a state: all that is not done. Done ones are listed with their member. */
    for (int state = 0; known && state < STAGE_COUNT; state++) {
        struct record_delivery delivery;
        const char *name = delivery_stage_name((enum delivery_stage)state);
        if (state == STAGE_DONE || (query->text.len > 0 && !slice_is(query->text, name)))
            continue;
        for (uint64_t id = 0;
             left > 0 && (id = outbox_next(ledger, id, (enum delivery_stage)state, &delivery)) != 0;
             left--)
            add_delivery(json_add_item(list), id, &delivery);
    }
    return known;
}

static bool answer_status(struct ledger *ledger, const struct message_query *query, cJSON *out)
{
    (void)query;
    const struct record_meta *meta = &ledger->meta;
    cJSON_AddNumberToObject(out, "applied", (double)meta->applied);
    cJSON_AddNumberToObject(out, "members", (double)meta->members);
    cJSON_AddNumberToObject(out, "unsettled", (double)meta->unsettled);
    cJSON_AddBoolToObject(out, "removals_held", meta->removals_held);
    uint64_t ahead_ms = clock_load(ledger);
    if (ahead_ms > 0)
        cJSON_AddNumberToObject(out, "clock_ahead_seconds", (double)(ahead_ms / 1000));
    struct ledger_counts counts;
    ledger_counts(ledger, &counts);
    cJSON *by_state = cJSON_AddObjectToObject(out, "deliveries");
    for (int state = 0; state < STAGE_COUNT; state++)
        cJSON_AddNumberToObject(by_state, delivery_stage_name((enum delivery_stage)state),
                                (double)counts.deliveries[state]);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        if ((*module)->status != NULL)
            (*module)->status(ledger, out);
    return true;
}

static void add_delivery(cJSON *item, uint64_t id, const struct record_delivery *delivery)
{
    const char *kind = delivery_name((enum delivery_kind)delivery->kind);
    cJSON_AddNumberToObject(item, "id", (double)id);
    cJSON_AddStringToObject(item, "kind", kind != NULL ? kind : "unknown");
    cJSON_AddStringToObject(item, "state",
                            delivery_stage_name((enum delivery_stage)delivery->stage));
    cJSON_AddNumberToObject(item, "attempts", delivery->attempts);
    cJSON_AddStringToObject(item, "bot", delivery->bot);
    if (delivery->telegram_id != 0)
        cJSON_AddNumberToObject(item, "telegram_id", (double)delivery->telegram_id);
    if (delivery->group[0] != 0)
        cJSON_AddStringToObject(item, "group", delivery->group);
    json_add_time(item, "created", delivery->created_ms);
    json_add_time(item, "finished", delivery->finished_ms);
    json_add_time(item, "not_before", delivery->not_before_ms);
    if (delivery->error[0] != 0)
        cJSON_AddStringToObject(item, "error", delivery->error);
}
