/* Payments as usher lists them, against the books, and against what really became of them. */
#include "base/money.h"
#include "ledger/records.h"
#include "tests/sim/auditor_state.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>

static void check_listed(struct sim *sim, uint64_t id, unsigned name);
static void check_truth(struct sim *sim, uint64_t id);
static bool take_out(struct sim *sim, cJSON *list, uint64_t id, const struct taken *taken);
static bool amount_is(const struct gateway_event *event, const struct payment *payment,
                      const cJSON *item);

void payments_check(struct sim *sim, uint64_t id)
{
    const struct account *account = account_of(sim, id);
    for (unsigned name = 0; name < NAMES; name++) {
        bool all_one = name > 0 && account->same[name] == 0;
        if (account->same[name] == name || all_one)
            check_listed(sim, id, name);
    }
    check_truth(sim, id);
}

/* Each event is there once, in its state, by whichever of its names it is asked for. */
static void check_listed(struct sim *sim, uint64_t id, unsigned name)
{
    char payment_id[32];
    char text[96];
    size_t known = 0;
    const struct taken *taken;
    payment_id_of(id, name, payment_id, sizeof payment_id);
    snprintf(text, sizeof text, "%s/%s", payment_gateway(sim, id), payment_id);
    for (size_t n = 0; (taken = net_taken(sim, id, name, n)) != NULL; n++)
        known += taken->trace;
    struct message_query query = {.what = QUERY_PAYMENT, .text = slice_from(text)};
    struct slice json = usher_ask(sim, &query, known > 0 ? 200 : 404);
    if (known == 0)
        return;
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    cJSON *list = cJSON_GetObjectItem(root, "payments");
    for (size_t n = 0; (taken = net_taken(sim, id, name, n)) != NULL; n++)
        CHECK(sim, !taken->trace || take_out(sim, list, id, taken),
              "payment %s: evt-%zu (%s) should be listed as %d: %s", text, taken->event,
              payment_kind_name(net_event(sim, taken)->kind), (int)taken->standing,
              cJSON_PrintUnformatted(root));
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *kind = cJSON_GetObjectItem(item, "kind")->valuestring;
        const char *state = cJSON_GetObjectItem(item, "state")->valuestring;
        bool word =
            strcmp(kind, "paid") == 0 || (payment_manner(sim, id) == BY_WORDS &&
                                          strcmp(kind, payment_kind_name(PAYMENT_INVALID)) == 0);
        CHECK(sim, word && strcmp(state, "recorded") == 0, "payment %s is also listed as %s, %s",
              text, kind, state);
    }
    cJSON_Delete(root);
}

static bool take_out(struct sim *sim, cJSON *list, uint64_t id, const struct taken *taken)
{
    static const char *const standings[] = {"unseen",    "recorded",   "granted",
                                            "unsettled", "taken_back", "dismissed"};
    const struct gateway_event *event = net_event(sim, taken);
    const struct payment *payment = &sim->gateways->payments[id];
    const char *want = payment_kind_name(event->kind);
    int at = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const char *kind = cJSON_GetObjectItem(item, "kind")->valuestring;
        const char *state = cJSON_GetObjectItem(item, "state")->valuestring;
        if (strcmp(kind, want) == 0 && strcmp(state, standings[taken->standing]) == 0 &&
            amount_is(event, payment, item)) {
            cJSON_DeleteItemFromArray(list, at);
            return true;
        }
        at++;
    }
    return false;
}

static bool amount_is(const struct gateway_event *event, const struct payment *payment,
                      const cJSON *item)
{
    char text[32];
    const cJSON *amount = cJSON_GetObjectItem(item, "amount");
    money_format(event->amount < 0 ? payment->amount : event->amount, payment->price.currency, text,
                 sizeof text);
    return event->amount < 0 || (cJSON_IsString(amount) && strcmp(amount->valuestring, text) == 0);
}

/* Everything was told, and all names are known to be one: access is for money that is there, and
 * money that is there has access or is listed, but for what the operator has put aside. */
static void check_truth(struct sim *sim, uint64_t id)
{
    const struct payment *payment = &sim->gateways->payments[id];
    const struct account *account = account_of(sim, id);
    const struct taken *head = net_head(sim, id, 0);
    uint64_t last_ms = 0;
    bool paid = false;
    for (size_t i = 0; i < account->count; i++) {
        const struct gateway_event *event = net_event(sim, &account->taken[i]);
        bool word = event->kind == PAYMENT_PAID || event->kind == PAYMENT_INVALID;
        if (!word || event->said_ms < last_ms)
            continue;
        last_ms = event->said_ms;
        paid = event->kind == PAYMENT_PAID;
    }
    for (unsigned name = 1; name < NAMES; name++)
        if (payment->many_names && head != NULL && account->same[name] != 0)
            return;
    bool there = paid && payment->back < payment->amount && payment->disputes == 0;
    CHECK(sim, there || head == NULL || (head->standing != GRANTED && head->standing != UNSETTLED),
          "payment %" PRIu64 " counts, and the money is not there", id);
    CHECK(sim, !there || head != NULL, "payment %" PRIu64 " is lost", id);
    CHECK(sim,
          !there || account->touched || head->standing == GRANTED || head->standing == UNSETTLED,
          "payment %" PRIu64 " gives nothing, and nobody is asked why", id);
}
