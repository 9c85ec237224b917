/* Runs tests/scenarios/NAME.txt: commands in, state and deliveries out, in words an operator could
 * read (tests/scenarios/README.md explains them). Each scenario runs on a memory store; at its end
 * all its commands are replayed in one batch into another store, which must have the same hash. */
#include "base/clock.h"
#include "base/money.h"
#include "base/period.h"
#include "config/config.h"
#include "ledger/batch.h"
#include "ledger/delivery.h"
#include "ledger/dispatch.h"
#include "ledger/ledger.h"
#include "ledger/look.h"
#include "ledger/outbox.h"
#include "ledger/records.h"
#include "ledger/words.h"
#include "modules/payment/payment.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { WORDS_MAX = 24, COMMANDS_MAX = 4096 };

struct scenario {
    const char *file;
    int line;
    struct store *store;
    struct ledger *ledger;
    struct dispatch *dispatch;
    uint64_t now_ms;
    uint64_t update_id;
    uint64_t sequence;
    struct buf journal;                  /* all commands, one after another */
    struct slice commands[COMMANDS_MAX]; /* offsets are resolved at the end: data is an offset */
    uint64_t times[COMMANDS_MAX];
    unsigned result; /* of the last command */
    char *words[WORDS_MAX];
    size_t count;
};

#define FAIL(scenario, ...)                                                                        \
    do {                                                                                           \
        print_error("%s:%d: ", (scenario)->file, (scenario)->line);                                \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        fail();                                                                                    \
    } while (0)

static const char *directory = "tests/scenarios";

/* What the state says of the places of pending deliveries is what their records say, and what the
 * dispatcher was told. */
static void check_pending(struct scenario *scenario)
{
    struct effects pending = {0};
    struct effects told = {0};
    struct ledger_counts counts;
    uint64_t after = 0;
    do
        assert_int_equal(ledger_pending(scenario->ledger, &after, 7, &pending), ERROR_NONE);
    while (after != 0);
    assert_int_equal(batch_begin(scenario->ledger, false), ERROR_NONE);
    for (size_t i = 0; i < pending.count; i++) {
        struct record_delivery delivery;
        assert_true(delivery_load(scenario->ledger, pending.items[i].delivery, &delivery));
        outbox_tell(scenario->ledger, pending.items[i].delivery, &delivery, &told);
    }
    assert_int_equal(batch_end(scenario->ledger), ERROR_NONE);
    ledger_counts(scenario->ledger, &counts);
    assert_int_equal(pending.count, counts.deliveries[STAGE_PENDING]);
    assert_int_equal(pending.count, dispatch_held(scenario->dispatch));
    if (pending.count > 0)
        assert_memory_equal(told.items, pending.items, pending.count * sizeof *told.items);
    free(pending.items);
    free(told.items);
}

static void apply(struct scenario *scenario, const struct message *message)
{
    size_t from = scenario->journal.len;
    struct effects effects = {0};
    wire_encode(&scenario->journal, message);
    assert_false(scenario->journal.failed);
    struct slice command = slice_of(scenario->journal.data + from, scenario->journal.len - from);
    assert_true(scenario->sequence < COMMANDS_MAX);
    scenario->commands[scenario->sequence] = slice_of((const char *)from, command.len);
    scenario->times[scenario->sequence] = scenario->now_ms;
    scenario->sequence++;
    assert_int_equal(ledger_begin(scenario->ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(scenario->ledger, scenario->sequence, scenario->now_ms, command,
                                  &scenario->result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(scenario->ledger), ERROR_NONE);
    assert_int_equal(dispatch_update(scenario->dispatch, &effects), ERROR_NONE);
    free(effects.items);
    check_pending(scenario);
}

/* The value of a word "name=value", or NULL. */
static const char *value_of(const struct scenario *scenario, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < scenario->count; i++) {
        if (strncmp(scenario->words[i], name, len) == 0 && scenario->words[i][len] == '=')
            return scenario->words[i] + len + 1;
    }
    return NULL;
}

static struct slice text_of(const struct scenario *scenario, const char *name)
{
    const char *value = value_of(scenario, name);
    return slice_from(value != NULL ? value : "");
}

static int64_t number(const char *text)
{
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

/* "@3" is the id of the third order; every other text is itself. */
static struct slice order_named(struct scenario *scenario, const char *text)
{
    static char id[65];
    struct buf json;
    unsigned status;
    if (text == NULL || text[0] != '@')
        return slice_from(text != NULL ? text : "");
    buf_init(&json, 1 << 20);
    const struct message_query query = {.what = QUERY_ORDERS, .limit = 1000};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, &status), ERROR_NONE);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    const cJSON *order;
    id[0] = 0;
    cJSON_ArrayForEach(
        order,
        cJSON_GetObjectItem(
            root, "orders")) if ((int64_t)cJSON_GetObjectItem(order, "number")->valuedouble ==
                                 number(text + 1))(void)
        slice_copy(slice_from(cJSON_GetObjectItem(order, "order_id")->valuestring), id, sizeof id);
    cJSON_Delete(root);
    buf_deinit(&json);
    if (id[0] == 0)
        FAIL(scenario, "there is no order %s", text);
    return slice_from(id);
}

#include "tests/unit/ledger/scenario_act.h"

static struct period period_of(struct scenario *scenario)
{
    struct period period = {0};
    char text[64] = "";
    struct slice given = text_of(scenario, "period");
    if (given.len > 0) {
        assert_true(slice_copy(given, text, sizeof text));
        for (char *at = text; *at != 0; at++)
            *at = *at == '_' ? ' ' : *at;
        if (!period_parse(slice_from(text), &period))
            FAIL(scenario, "bad period %s", text);
    }
    return period;
}

/* amount=29.00/USD */
static int64_t amount_of(struct scenario *scenario, char *currency)
{
    const char *value = value_of(scenario, "amount");
    int64_t minor = -1;
    currency[0] = 0;
    if (value == NULL)
        return -1;
    const char *slash = strchr(value, '/');
    if (slash == NULL || !slice_copy(slice_from(slash + 1), currency, CURRENCY_CODE_MAX) ||
        !money_parse(slice_of(value, (size_t)(slash - value)), currency, &minor))
        FAIL(scenario, "bad amount %s", value);
    return minor;
}

/* The group's chat as the club has it, or chat=NUMBER. */
static int64_t chat_of(struct scenario *scenario, const char *group)
{
    if (value_of(scenario, "chat") != NULL)
        return number(value_of(scenario, "chat"));
    if (strcmp(group, "starter") == 0)
        return -1001000000001;
    if (strcmp(group, "core") == 0)
        return -1001000000002;
    FAIL(scenario, "unknown group %s", group);
    return 0;
}

/* The member's oldest delivery of this kind that is in one of the wanted states, or 0; of answers
 * the newest, for the press before left one without a word. */
static uint64_t find_delivery(struct scenario *scenario, int64_t member, const char *kind,
                              const char *group, const char *state)
{
    struct buf json;
    unsigned status;
    buf_init(&json, 1 << 20);
    struct message_query query = {.what = QUERY_QUEUE, .text = slice_from(state), .limit = 1000};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, &status), ERROR_NONE);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    uint64_t found = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "deliveries"))
    {
        const cJSON *id = cJSON_GetObjectItem(item, "telegram_id");
        const cJSON *in = cJSON_GetObjectItem(item, "group");
        bool matches = (id == NULL ? 0 : (int64_t)id->valuedouble) == member &&
                       strcmp(cJSON_GetObjectItem(item, "kind")->valuestring, kind) == 0 &&
                       (group == NULL || (in != NULL && strcmp(in->valuestring, group) == 0));
        if (matches && (found == 0 || strcmp(kind, "answer") == 0))
            found = (uint64_t)cJSON_GetObjectItem(item, "id")->valuedouble;
    }
    cJSON_Delete(root);
    buf_deinit(&json);
    return found;
}

#include "tests/unit/ledger/scenario_stars.h"
#include "tests/unit/ledger/scenario_looked.h"

/* state=: 1 + its number; 0: nothing is said of it. */
static uint64_t subscription_state(struct scenario *scenario)
{
    const char *state = value_of(scenario, "state");
    for (uint64_t n = 0; state != NULL && subscription_state_names[n] != NULL; n++)
        if (strcmp(state, subscription_state_names[n]) == 0)
            return 1 + n;
    return 0;
}

static void do_payment(struct scenario *scenario, enum payment_kind kind)
{
    int64_t until_ms = 0;
    char event[300];
    char currency[CURRENCY_CODE_MAX];
    snprintf(event, sizeof event, "%s-%s", scenario->words[0], scenario->words[2]);
    int64_t amount = amount_of(scenario, currency);
    if (value_of(scenario, "until") != NULL &&
        !clock_parse_utc(text_of(scenario, "until"), &until_ms))
        FAIL(scenario, "until is not a time");
    struct message message = {.kind = MESSAGE_cmd_payment,
                              .cmd_payment = {
                                  .gateway = slice_from(scenario->words[1]),
                                  .payment_id = slice_from(scenario->words[2]),
                                  .event_id = value_of(scenario, "event") != NULL
                                                  ? text_of(scenario, "event")
                                                  : slice_from(event),
                                  .kind = (uint64_t)kind,
                                  .telegram_id = number(value_of(scenario, "member")),
                                  .plan = text_of(scenario, "plan"),
                                  .order_id = order_named(scenario, value_of(scenario, "order")),
                                  .amount = amount,
                                  .currency = slice_from(currency),
                                  .part_id = text_of(scenario, "part"),
                                  .total = value_of(scenario, "total") != NULL,
                                  .aliases = text_of(scenario, "alias"),
                                  .subscription = text_of(scenario, "subscription"),
                                  .subscription_state = subscription_state(scenario),
                                  .until_ms = (uint64_t)until_ms,
                                  .customer = text_of(scenario, "customer"),
                                  .occurred_ms = (uint64_t)number(value_of(scenario, "said")),
                              }};
    apply(scenario, &message);
}

static void do_paid(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_PAID);
}

static void do_refunded(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_REFUNDED);
}

static void do_charged_back(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_CHARGED_BACK);
}

static void do_reinstated(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_REINSTATED);
}

static void do_refund_failed(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_REFUND_FAILED);
}

static void do_invalid(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_INVALID);
}

static void do_short(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_SHORT);
}

static void do_joined(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_JOINED);
}

/* subscribed GATEWAY SUBSCRIPTION state= ...: how it stands. */
static void do_subscribed(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_SUBSCRIPTION);
}

static void do_approved(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_APPROVED);
}

static void do_partly_refunded(struct scenario *scenario)
{
    do_payment(scenario, PAYMENT_PARTLY_REFUNDED);
}

static void do_at(struct scenario *scenario)
{
    int64_t ms;
    if (!clock_parse_utc(slice_from(scenario->words[1]), &ms))
        FAIL(scenario, "bad time %s", scenario->words[1]);
    assert_true((uint64_t)ms >= scenario->now_ms);
    scenario->now_ms = (uint64_t)ms;
}

static void do_tick(struct scenario *scenario)
{
    struct message message = {.kind = MESSAGE_cmd_tick,
                              .cmd_tick = {.due_ms = ledger_next_due(scenario->ledger)}};
    apply(scenario, &message);
}

/* Reopens the ledger, and says boot, as a start after kill -9 does. */
static void do_restart(struct scenario *scenario)
{
    struct effects effects = {0};
    uint64_t after = 0;
    ledger_close(&scenario->ledger);
    assert_int_equal(ledger_open(scenario->store, &scenario->ledger, NULL), ERROR_NONE);
    dispatch_clear(scenario->dispatch);
    assert_int_equal(ledger_pending(scenario->ledger, &after, SIZE_MAX, &effects), ERROR_NONE);
    assert_int_equal(dispatch_update(scenario->dispatch, &effects), ERROR_NONE);
    free(effects.items);
    struct message message = {.kind = MESSAGE_cmd_boot, .cmd_boot = {.version = SLICE("test")}};
    apply(scenario, &message);
}

/* What the desk makes of a text in private, or in a group (group=NAME). */
static void say(struct scenario *scenario, const char *text)
{
    int64_t member = number(scenario->words[1]);
    const char *group = value_of(scenario, "group");
    uint64_t id = value_of(scenario, "update") ? (uint64_t)number(value_of(scenario, "update"))
                                               : ++scenario->update_id;
    const char *bot = value_of(scenario, "bot");
    struct word word = {0, "", {"", 0}};
    (void)module_words.say(slice_from(text), group != NULL, &word);
    struct message message = {
        .kind = MESSAGE_cmd_said,
        .cmd_said = {.bot = slice_from(bot != NULL ? bot : "main"),
                     .update_id = id,
                     .chat_id = group != NULL ? chat_of(scenario, group) : member,
                     .telegram_id = member,
                     .name = SLICE("Ada"),
                     .language = text_of(scenario, "language"),
                     .message_id = id,
                     .origin = group != NULL ? SAID_GROUP : SAID_PRIVATE,
                     .module = word.module,
                     .verb = slice_from(word.verb),
                     .arg = word.arg,
                     .text = slice_from(text),
                     .seed = SLICE("0123456789abcdef"),
                     .thread_id = (uint64_t)number(value_of(scenario, "thread")),
                     .reply_to = (uint64_t)number(value_of(scenario, "reply"))}};
    apply(scenario, &message);
}

static void do_start(struct scenario *scenario)
{
    char text[128];
    snprintf(text, sizeof text, "/start%s%s", value_of(scenario, "payload") ? " " : "",
             value_of(scenario, "payload") ? value_of(scenario, "payload") : "");
    say(scenario, value_of(scenario, "text") ? value_of(scenario, "text") : text);
}

/* says MEMBER TEXT ... [group=] [bot=] [language=] [update=] [thread=] [reply=] */
static void do_says(struct scenario *scenario)
{
    char text[1024] = "";
    for (size_t i = 2; i < scenario->count && strchr(scenario->words[i], '=') == NULL; i++) {
        size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%s", i > 2 ? " " : "", scenario->words[i]);
    }
    say(scenario, text);
}

#include "tests/unit/ledger/scenario_open.h"

static const char *button_of(struct scenario *scenario, int64_t member, const char *word);

/* presses MEMBER DATA|@PART [group=] [message=] */
static void do_presses(struct scenario *scenario)
{
    int64_t member = number(scenario->words[1]);
    const char *group = value_of(scenario, "group");
    struct word word = {0, "", {"", 0}};
    const char *data = button_of(scenario, member, scenario->words[2]);
    (void)module_words.press(slice_from(data), &word);
    struct message message = {
        .kind = MESSAGE_cmd_said,
        .cmd_said = {.bot = SLICE("main"),
                     .update_id = ++scenario->update_id,
                     .chat_id = group != NULL ? chat_of(scenario, group) : member,
                     .telegram_id = member,
                     .name = SLICE("Ada"),
                     .language = text_of(scenario, "language"),
                     .message_id = (uint64_t)number(value_of(scenario, "message")),
                     .callback = SLICE("press"),
                     .origin = SAID_BUTTON,
                     .module = word.module,
                     .verb = slice_from(word.verb),
                     .arg = word.arg,
                     .seed = SLICE("0123456789abcdef")}};
    apply(scenario, &message);
}

static void do_knocks(struct scenario *scenario)
{
    struct message message = {.kind = MESSAGE_cmd_join_request,
                              .cmd_join_request = {.bot = SLICE("main"),
                                                   .update_id = ++scenario->update_id,
                                                   .chat_id = chat_of(scenario, scenario->words[2]),
                                                   .telegram_id = number(scenario->words[1]),
                                                   .name = SLICE("Ada"),
                                                   .link = SLICE("https://t.me/+static"),
                                                   .date_ms = scenario->now_ms}};
    apply(scenario, &message);
}

static void membership(struct scenario *scenario, enum member_status status)
{
    int64_t date_ms = (int64_t)scenario->now_ms;
    if (value_of(scenario, "date") != NULL && !clock_parse_utc(text_of(scenario, "date"), &date_ms))
        FAIL(scenario, "bad date");
    struct message message = {.kind = MESSAGE_cmd_membership,
                              .cmd_membership = {.bot = SLICE("main"),
                                                 .update_id = ++scenario->update_id,
                                                 .chat_id = chat_of(scenario, scenario->words[2]),
                                                 .telegram_id = number(scenario->words[1]),
                                                 .status = (uint64_t)status,
                                                 .link = text_of(scenario, "link"),
                                                 .date_ms = (uint64_t)date_ms}};
    apply(scenario, &message);
}

/* bot GROUP STATUS [rights=invite,restrict] */
static void do_bot(struct scenario *scenario)
{
    static const char *const statuses[] = {"left", "member", "admin", "kicked"};
    static const enum member_status of[] = {MEMBER_LEFT, MEMBER_IN, MEMBER_ADMIN, MEMBER_KICKED};
    const char *rights = value_of(scenario, "rights");
    struct message message = {.kind = MESSAGE_cmd_membership,
                              .cmd_membership = {.bot = SLICE("main"),
                                                 .update_id = ++scenario->update_id,
                                                 .chat_id = chat_of(scenario, scenario->words[1]),
                                                 .telegram_id = 1,
                                                 .self = 1,
                                                 .date_ms = scenario->now_ms}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (strcmp(scenario->words[2], statuses[i]) == 0)
            message.cmd_membership.status = of[i];
    if (rights != NULL && strstr(rights, "invite") != NULL)
        message.cmd_membership.rights |= BOT_RIGHT_INVITE;
    if (rights != NULL && strstr(rights, "restrict") != NULL)
        message.cmd_membership.rights |= BOT_RIGHT_RESTRICT;
    apply(scenario, &message);
}

static void do_enters(struct scenario *scenario)
{
    membership(scenario, MEMBER_IN);
}

static void do_leaves(struct scenario *scenario)
{
    membership(scenario, MEMBER_LEFT);
}

static void do_banned(struct scenario *scenario)
{
    membership(scenario, MEMBER_KICKED);
}

static void do_admin(struct scenario *scenario)
{
    membership(scenario, MEMBER_ADMIN);
}

static void do_migrates(struct scenario *scenario)
{
    struct message message = {.kind = MESSAGE_cmd_migrate,
                              .cmd_migrate = {.bot = SLICE("main"),
                                              .update_id = ++scenario->update_id,
                                              .chat_id = chat_of(scenario, scenario->words[1]),
                                              .new_chat_id = number(scenario->words[2])}};
    apply(scenario, &message);
}

static void do_blocks(struct scenario *scenario)
{
    struct message message = {
        .kind = MESSAGE_cmd_reachable,
        .cmd_reachable = {.bot = SLICE("main"),
                          .update_id = ++scenario->update_id,
                          .telegram_id = number(scenario->words[1]),
                          .reachable = strcmp(scenario->words[0], "unblocks") == 0}};
    apply(scenario, &message);
}

static void do_settle(struct scenario *scenario)
{
    struct period period = period_of(scenario);
    struct message message = {.kind = MESSAGE_cmd_settle,
                              .cmd_settle = {.gateway = slice_from(scenario->words[1]),
                                             .payment_id = slice_from(scenario->words[2]),
                                             .telegram_id = number(value_of(scenario, "member")),
                                             .plan = text_of(scenario, "plan"),
                                             .months = period.months,
                                             .days = period.days}};
    apply(scenario, &message);
}

static void do_release(struct scenario *scenario)
{
    struct message message = {.kind = MESSAGE_cmd_release,
                              .cmd_release = {.what = strcmp(scenario->words[1], "held") == 0
                                                          ? RELEASE_HELD
                                                          : RELEASE_DEAD}};
    apply(scenario, &message);
}

/* broadcast ID [plan=] [text=] [zh-Hans=] [zh-Hant=]: the text is in English. */
static void do_broadcast(struct scenario *scenario)
{
    struct buf rows;
    buf_init(&rows, 40960);
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        const char *name = i == LANGUAGE_EN ? "text" : language_tag((enum language)i);
        struct message row = {
            .kind = MESSAGE_broadcast_text,
            .broadcast_text = {.language = (uint64_t)i, .text = text_of(scenario, name)}};
        if (value_of(scenario, name) == NULL && i == LANGUAGE_EN)
            row.broadcast_text.text = SLICE("News");
        if (row.broadcast_text.text.len > 0)
            wire_encode(&rows, &row);
    }
    struct message message = {.kind = MESSAGE_cmd_broadcast,
                              .cmd_broadcast = {.broadcast_id = slice_from(scenario->words[1]),
                                                .plan = text_of(scenario, "plan"),
                                                .texts = buf_slice(&rows)}};
    apply(scenario, &message);
    buf_deinit(&rows);
}

static void do_cancel(struct scenario *scenario)
{
    struct message message = {
        .kind = MESSAGE_cmd_broadcast_cancel,
        .cmd_broadcast_cancel = {.broadcast_id = slice_from(scenario->words[1])}};
    apply(scenario, &message);
}

/* starts MEMBER: the attempt of their oldest pending notice is journaled */
static void do_starts(struct scenario *scenario)
{
    uint64_t id = find_delivery(scenario, number(scenario->words[1]), "notice", NULL, "pending");
    if (id == 0)
        id = find_delivery(scenario, number(scenario->words[1]), "notice", NULL, "started");
    struct message message = {.kind = MESSAGE_cmd_started, .cmd_started = {.delivery = id}};
    apply(scenario, &message);
}

static const struct {
    const char *word;
    enum outcome outcome;
} outcome_words[] = {
    {"done", OUTCOME_DONE},         {"retry", OUTCOME_RETRY},
    {"failed", OUTCOME_FAILED},     {"unreachable", OUTCOME_UNREACHABLE},
    {"moot", OUTCOME_MOOT},         {"migrated", OUTCOME_MIGRATED},
    {"in_doubt", OUTCOME_IN_DOUBT},
};

/* attempt KIND MEMBER [GROUP] OUTCOME: leases the delivery as a notifier would, and tells how it
 * went. */
/* "answer:url=https://..." is a field of a service's answer. */
static void answer_fields(struct scenario *scenario, struct buf *out)
{
    for (size_t i = 0; i < scenario->count; i++) {
        const char *word = scenario->words[i];
        const char *value = strncmp(word, "answer:", 7) == 0 ? strchr(word, '=') : NULL;
        if (value == NULL)
            continue;
        const struct message field = {
            .kind = MESSAGE_answer_field,
            .answer_field = {slice_of(word + 7, (size_t)(value - word) - 7),
                             slice_from(value + 1)}};
        wire_encode(out, &field);
    }
}

static void do_attempt(struct scenario *scenario)
{
    const char *kind = scenario->words[1];
    int64_t member = number(scenario->words[2]);
    bool with_group = scenario->count > 4 && strchr(scenario->words[4], '=') == NULL;
    const char *group = with_group ? scenario->words[3] : NULL;
    const char *word = with_group ? scenario->words[4] : scenario->words[3];
    const char *state = value_of(scenario, "state");
    uint64_t id = value_of(scenario, "id") ? (uint64_t)number(value_of(scenario, "id"))
                                           : find_delivery(scenario, member, kind, group,
                                                           state != NULL ? state : "pending");
    if (id == 0)
        id = find_delivery(scenario, member, kind, group, "started");
    if (id == 0)
        FAIL(scenario, "no pending %s for %s", kind, scenario->words[2]);
    struct message message = {.kind = MESSAGE_cmd_outcome};
    for (size_t i = 0; i < sizeof outcome_words / sizeof outcome_words[0]; i++) {
        if (strcmp(word, outcome_words[i].word) == 0)
            message.cmd_outcome.result = (uint64_t)outcome_words[i].outcome;
    }
    if (message.cmd_outcome.result == 0)
        FAIL(scenario, "unknown outcome %s", word);
    struct buf work;
    struct message leased;
    buf_init(&work, 1 << 17);
    uint32_t parts = 0;
    if (ledger_work(scenario->ledger, id, scenario->now_ms + 60000, &work) == ERROR_NONE) {
        assert_int_equal(wire_decode_one(buf_slice(&work), &leased, NULL), ERROR_NONE);
        parts = (uint32_t)leased.work.parts_count;
    }
    message.cmd_outcome.delivery = id;
    message.cmd_outcome.lane = SLICE("telegram:main");
    message.cmd_outcome.parts_count =
        value_of(scenario, "parts") ? (uint64_t)number(value_of(scenario, "parts")) : parts;
    message.cmd_outcome.link = text_of(scenario, "link");
    message.cmd_outcome.error = text_of(scenario, "error");
    message.cmd_outcome.new_chat_id = number(value_of(scenario, "chat"));
    message.cmd_outcome.message_id = number(value_of(scenario, "message"));
    message.cmd_outcome.thread_id = number(value_of(scenario, "thread"));
    struct buf answer;
    buf_init(&answer, 4096);
    answer_fields(scenario, &answer);
    star_entries(scenario, &answer);
    message.cmd_outcome.status = (uint64_t)number(value_of(scenario, "status"));
    message.cmd_outcome.answer = buf_slice(&answer);
    int64_t retry_at_ms = (int64_t)scenario->now_ms + 1000;
    if (value_of(scenario, "at") != NULL && !clock_parse_utc(text_of(scenario, "at"), &retry_at_ms))
        FAIL(scenario, "bad time");
    int64_t freeze_ms = 0;
    if (value_of(scenario, "freeze") != NULL &&
        !clock_parse_utc(text_of(scenario, "freeze"), &freeze_ms))
        FAIL(scenario, "bad time");
    message.cmd_outcome.freeze_until_ms = (uint64_t)freeze_ms;
    if (message.cmd_outcome.result == OUTCOME_RETRY)
        message.cmd_outcome.retry_at_ms = (uint64_t)retry_at_ms;
    apply(scenario, &message);
    buf_deinit(&answer);
    buf_deinit(&work);
}

static cJSON *ask(struct scenario *scenario, enum query_what what, int64_t subject,
                  unsigned *status)
{
    struct buf json;
    buf_init(&json, 1 << 20);
    struct message_query query = {.what = (uint64_t)what, .subject = subject};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, status), ERROR_NONE);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    assert_non_null(root);
    buf_deinit(&json);
    return root;
}

/* expect member ID PLAN STATUS [until=TIME] [since=TIME]; expect member ID stranger */
static void expect_member(struct scenario *scenario)
{
    unsigned status;
    cJSON *root = ask(scenario, QUERY_MEMBER, number(scenario->words[2]), &status);
    if (strcmp(scenario->words[3], "stranger") == 0) {
        if (status != 404)
            FAIL(scenario, "known");
        cJSON_Delete(root);
        return;
    }
    if (status != 200)
        FAIL(scenario, "a stranger");
    const cJSON *item;
    const cJSON *found = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "entitlements"))
    {
        if (strcmp(cJSON_GetObjectItem(item, "plan")->valuestring, scenario->words[3]) == 0)
            found = item;
    }
    const char *is = found ? cJSON_GetObjectItem(found, "status")->valuestring : "none";
    if (strcmp(is, scenario->words[4]) != 0)
        FAIL(scenario, "%s is %s", scenario->words[3], is);
    static const char *const times[] = {"until", "since"};
    for (size_t i = 0; i < 2; i++) {
        if (value_of(scenario, times[i]) == NULL)
            continue;
        const char *time = cJSON_GetObjectItem(found, times[i])->valuestring;
        if (strcmp(time, value_of(scenario, times[i])) != 0)
            FAIL(scenario, "%s is %s", times[i], time);
    }
    cJSON_Delete(root);
}

/* expect deliveries ID kind:state ... : all that are listed with the member, in order */
static void expect_deliveries(struct scenario *scenario)
{
    unsigned status;
    char is[2048] = "";
    char should[2048] = "";
    cJSON *root = ask(scenario, QUERY_MEMBER, number(scenario->words[2]), &status);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "deliveries"))
    {
        size_t len = strlen(is);
        snprintf(is + len, sizeof is - len, " %s:%s",
                 cJSON_GetObjectItem(item, "kind")->valuestring,
                 cJSON_GetObjectItem(item, "state")->valuestring);
    }
    for (size_t i = 3; i < scenario->count; i++) {
        size_t len = strlen(should);
        snprintf(should + len, sizeof should - len, " %s", scenario->words[i]);
    }
    if (strcmp(is, should) != 0)
        FAIL(scenario, "deliveries are:%s", is);
    cJSON_Delete(root);
}

/* expect letter ID part ... : what the pending letter holds: greeting receipt access(core)
 * first(core) button(core) ended(core) */
static void expect_bot(struct scenario *scenario)
{
    uint64_t id = find_delivery(scenario, number(scenario->words[2]), "letter", NULL, "pending");
    struct buf work;
    struct message message;
    buf_init(&work, 1 << 17);
    if (id == 0)
        FAIL(scenario, "no pending letter");
    assert_int_equal(ledger_work(scenario->ledger, id, 1, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    if (!slice_is(lane_bot(message.work.lane), scenario->words[3]))
        FAIL(scenario, "it goes through %.*s", SLICE_ARG(message.work.lane));
    buf_deinit(&work);
}

/* A module's part, with what its first field chooses: word(closed). */
static void name_part(const struct message *part, char *out, size_t size)
{
    const struct shape *shape = shape_find(part->kind);
    const struct field *field = &shape->fields[0];
    if (field->type == FIELD_CHOICE)
        snprintf(out, size, " %s(%s)", shape->name,
                 field->names[field_number(part->module, field)]);
    else
        snprintf(out, size, " %s", shape->name);
}

/* expect letter|reply|answer|staff ID part ...: what the pending one holds */
static void expect_letter(struct scenario *scenario)
{
    int64_t member = number(scenario->words[2]);
    const char *kind = scenario->words[1];
    uint64_t id = find_delivery(scenario, member, kind, NULL, "pending");
    if (scenario->count == 4 && strcmp(scenario->words[3], "none") == 0 && id == 0)
        return;
    if (id == 0)
        FAIL(scenario, "no pending %s", kind);
    struct buf work;
    struct message message;
    buf_init(&work, 1 << 17);
    assert_int_equal(ledger_work(scenario->ledger, id, 1, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    char is[2048] = "";
    char should[2048] = "";
    struct slice parts = message.work.parts;
    while (parts.len > 0) {
        struct message part;
        size_t len = strlen(is);
        assert_int_equal(wire_decode(&parts, &part, NULL), ERROR_NONE);
        if (part.kind == MESSAGE_part_access)
            snprintf(is + len, sizeof is - len, " %s(%.*s)",
                     part.part_access.first ? "first" : "access", SLICE_ARG(part.part_access.plan));
        else if (part.kind == MESSAGE_part_button)
            snprintf(is + len, sizeof is - len, " button(%.*s)", SLICE_ARG(part.part_button.group));
        else if (part.kind == MESSAGE_part_ended)
            snprintf(is + len, sizeof is - len, " ended(%.*s)", SLICE_ARG(part.part_ended.plan));
        else if (strncmp(message_name(part.kind), "part_", 5) == 0)
            snprintf(is + len, sizeof is - len, " %s", message_name(part.kind) + 5);
        else
            name_part(&part, is + len, sizeof is - len);
    }
    for (size_t i = 3; i < scenario->count; i++) {
        size_t len = strlen(should);
        snprintf(should + len, sizeof should - len, " %s", scenario->words[i]);
    }
    if (strcmp(is, should) != 0)
        FAIL(scenario, "the %s holds:%s", kind, is);
    buf_deinit(&work);
}

/* expect notice ID LANGUAGE text: what the pending notice says */
static void expect_notice(struct scenario *scenario)
{
    uint64_t id = find_delivery(scenario, number(scenario->words[2]), "notice", NULL, "pending");
    struct buf work;
    struct message message;
    struct message part;
    buf_init(&work, 1 << 17);
    if (id == 0)
        FAIL(scenario, "no pending notice");
    assert_int_equal(ledger_work(scenario->ledger, id, 1, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    assert_int_equal(wire_decode_one(message.work.parts, &part, NULL), ERROR_NONE);
    assert_int_equal(part.kind, MESSAGE_part_notice);
    if (strcmp(language_tag((enum language)part.part_notice.language), scenario->words[3]) != 0 ||
        !slice_is(part.part_notice.text, scenario->words[4]))
        FAIL(scenario, "it says \"%.*s\"", SLICE_ARG(part.part_notice.text));
    buf_deinit(&work);
}

/* Are these of the words, from the n-th on, members of the object, each as it is printed? */
static void expect_fields(struct scenario *scenario, const cJSON *object, size_t n)
{
    for (; n < scenario->count; n++) {
        char name[64] = "";
        char is[300] = "";
        const char *equals = strchr(scenario->words[n], '=');
        assert_non_null(equals);
        assert_true(slice_copy(slice_of(scenario->words[n], (size_t)(equals - scenario->words[n])),
                               name, sizeof name));
        const cJSON *item = cJSON_GetObjectItem(object, name);
        if (cJSON_IsString(item))
            (void)snprintf(is, sizeof is, "%s", item->valuestring);
        else if (cJSON_IsNumber(item))
            (void)snprintf(is, sizeof is, "%.0f", item->valuedouble);
        else if (cJSON_IsBool(item))
            (void)snprintf(is, sizeof is, "%s", cJSON_IsTrue(item) ? "true" : "false");
        for (char *at = is; *at != 0; at++)
            *at = *at == ' ' ? '+' : *at;
        if (strcmp(is, equals + 1) != 0)
            FAIL(scenario, "%s is %s", name, is);
    }
}

#include "tests/unit/ledger/scenario_reply.h"

/* expect says ID PART [name=value ...]: the module's part of the pending notice; "nothing": there
 * is none */
static void expect_says(struct scenario *scenario)
{
    uint64_t id = find_delivery(scenario, number(scenario->words[2]), "notice", NULL, "pending");
    bool nothing = strcmp(scenario->words[3], "nothing") == 0;
    struct buf work, json;
    struct message message, part;
    if ((id == 0) != nothing)
        FAIL(scenario, nothing ? "there is a pending notice" : "no pending notice");
    if (nothing)
        return;
    buf_init(&work, 1 << 17);
    buf_init(&json, 1 << 17);
    assert_int_equal(ledger_work(scenario->ledger, id, 1, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    assert_int_equal(wire_decode_one(message.work.parts, &part, NULL), ERROR_NONE);
    if (strcmp(message_name(part.kind), scenario->words[3]) != 0)
        FAIL(scenario, "it says %s", message_name(part.kind));
    message_print_json(&json, &part);
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    expect_fields(scenario, root, 4);
    cJSON_Delete(root);
    buf_deinit(&work);
    buf_deinit(&json);
}

/* expect document ID LIST name=value ...: the last of this list of the member's document */
static void expect_document(struct scenario *scenario)
{
    unsigned status;
    cJSON *root = ask(scenario, QUERY_MEMBER, number(scenario->words[2]), &status);
    const cJSON *list = cJSON_GetObjectItem(root, scenario->words[3]);
    const cJSON *last = cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
    if (last == NULL)
        FAIL(scenario, "there are none");
    expect_fields(scenario, last, 4);
    cJSON_Delete(root);
}

/* expect broadcast ID name=value ...: these of its members */
static void expect_broadcast(struct scenario *scenario)
{
    struct buf json;
    unsigned status;
    buf_init(&json, 1 << 20);
    struct message_query query = {.what = QUERY_BROADCAST, .text = slice_from(scenario->words[2])};
    assert_int_equal(ledger_query(scenario->ledger, &query, &json, &status), ERROR_NONE);
    if (status != 200)
        FAIL(scenario, "no such broadcast");
    cJSON *root = cJSON_ParseWithLength(json.data, json.len);
    double sum = 0;
    static const char *const endings[] = {"pending", "sent",    "failed",
                                          "skipped", "unknown", "withdrawn"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        sum += cJSON_GetObjectItem(root, endings[i])->valuedouble;
    assert_true(sum == cJSON_GetObjectItem(root, "audience")->valuedouble);
    for (size_t i = 3; i < scenario->count; i++) {
        char name[64] = "";
        const char *equals = strchr(scenario->words[i], '=');
        assert_non_null(equals);
        assert_true(slice_copy(slice_of(scenario->words[i], (size_t)(equals - scenario->words[i])),
                               name, 64));
        const cJSON *item = cJSON_GetObjectItem(root, name);
        bool same = item != NULL &&
                    (cJSON_IsString(item) ? strcmp(item->valuestring, equals + 1) == 0
                                          : item->valuedouble == (double)number(equals + 1));
        if (!same)
            FAIL(scenario, "the broadcast is %.*s", SLICE_ARG(buf_slice(&json)));
    }
    cJSON_Delete(root);
    buf_deinit(&json);
}

/* expect NAME NUMBER of the status: unsettled, members */
static void expect_count(struct scenario *scenario)
{
    unsigned status;
    cJSON *root = ask(scenario, QUERY_STATUS, 0, &status);
    const cJSON *item = cJSON_GetObjectItem(root, scenario->words[1]);
    if (item == NULL)
        item = cJSON_GetObjectItem(cJSON_GetObjectItem(root, "deliveries"), scenario->words[1]);
    if (item == NULL || (int64_t)item->valuedouble != number(scenario->words[2]))
        FAIL(scenario, "%s is %.0f", scenario->words[1], item ? item->valuedouble : -1.0);
    cJSON_Delete(root);
}

/* expect payments ID kind:state ... */
static void expect_payments(struct scenario *scenario)
{
    unsigned status;
    char is[2048] = "";
    char should[2048] = "";
    cJSON *root = ask(scenario, QUERY_MEMBER, number(scenario->words[2]), &status);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "payments"))
    {
        size_t len = strlen(is);
        snprintf(is + len, sizeof is - len, " %s:%s",
                 cJSON_GetObjectItem(item, "kind")->valuestring,
                 cJSON_GetObjectItem(item, "state")->valuestring);
    }
    for (size_t i = 3; i < scenario->count; i++) {
        size_t len = strlen(should);
        snprintf(should + len, sizeof should - len, " %s", scenario->words[i]);
    }
    if (strcmp(is, should) != 0)
        FAIL(scenario, "payments are:%s", is);
    cJSON_Delete(root);
}

/* expect frozen BOT [until=TIME]: the whole bot, or, without a time, not at all */
static void expect_frozen(struct scenario *scenario)
{
    struct buf freezes;
    struct message freeze;
    char until[32] = "";
    buf_init(&freezes, 65536);
    assert_int_equal(ledger_freezes(scenario->ledger,
                                    slice_from(lane_of_bot(slice_from(scenario->words[2])).text), 0,
                                    &freezes),
                     ERROR_NONE);
    for (struct slice rest = buf_slice(&freezes); wire_decode(&rest, &freeze, NULL) == ERROR_NONE;)
        if (freeze.freeze.chat_id == 0)
            clock_format_utc((int64_t)freeze.freeze.until_ms, until, sizeof until);
    if (!slice_is(text_of(scenario, "until"), until))
        FAIL(scenario, "frozen until: %s", until);
    buf_deinit(&freezes);
}

/* expect group NAME chat=ID members=N */
static void expect_group(struct scenario *scenario)
{
    unsigned status;
    cJSON *root = ask(scenario, QUERY_GROUPS, 0, &status);
    const cJSON *item;
    const cJSON *found = NULL;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(root, "groups"))
    {
        if (strcmp(cJSON_GetObjectItem(item, "group")->valuestring, scenario->words[2]) == 0)
            found = item;
    }
    if (found == NULL)
        FAIL(scenario, "no such group");
    double chat = cJSON_GetObjectItem(found, "chat_id")->valuedouble;
    double members = cJSON_GetObjectItem(found, "members")->valuedouble;
    if ((int64_t)chat != number(value_of(scenario, "chat")) ||
        (int64_t)members != number(value_of(scenario, "members")))
        FAIL(scenario, "it is at %.0f with %.0f members", chat, members);
    cJSON_Delete(root);
}

static const struct {
    const char *word;
    void (*run)(struct scenario *scenario);
    size_t words; /* at least */
} expectations[] = {
    {"member", expect_member, 4},   {"deliveries", expect_deliveries, 3},
    {"bot", expect_bot, 4},         {"letter", expect_letter, 3},
    {"reply", expect_letter, 3},    {"answer", expect_letter, 3},
    {"staff", expect_letter, 3},    {"payments", expect_payments, 3},
    {"unsettled", expect_count, 3}, {"members", expect_count, 3},
    {"held", expect_count, 3},      {"dead", expect_count, 3},
    {"pending", expect_count, 3},   {"group", expect_group, 5},
    {"frozen", expect_frozen, 3},   {"waiting", expect_count, 3},
    {"notice", expect_notice, 5},   {"broadcast", expect_broadcast, 4},
    {"says", expect_says, 4},       {"document", expect_document, 4},
    {"asked", expect_asked, 3},     {"shows", expect_shows, 4},
    {"looks", expect_looks, 3},
};

static void do_expect(struct scenario *scenario)
{
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++) {
        if (strcmp(scenario->words[1], expectations[i].word) == 0 &&
            scenario->count >= expectations[i].words) {
            expectations[i].run(scenario);
            return;
        }
    }
    FAIL(scenario, "unknown expectation");
}

static void configure(struct scenario *scenario, const char *name)
{
    char path[512];
    struct config *config;
    struct buf errors;
    struct buf catalog;
    uint8_t hash[32];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    buf_init(&errors, 65536);
    buf_init(&catalog, 65536);
    if (config_load(path, &config, &errors) != ERROR_NONE)
        FAIL(scenario, "%.*s", SLICE_ARG(buf_slice(&errors)));
    config_catalog(config, &catalog);
    sha256(buf_slice(&catalog), hash);
    struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(hash, 32), .catalog = buf_slice(&catalog)}};
    apply(scenario, &message);
    assert_int_equal(scenario->result, RESULT_ok);
    config_destroy(&config);
    buf_deinit(&errors);
    buf_deinit(&catalog);
}

static void do_configure(struct scenario *scenario)
{
    configure(scenario, scenario->words[1]);
}

static const struct {
    const char *word;
    void (*run)(struct scenario *scenario);
    size_t words;
} verbs[] = {
    {"at", do_at, 2},
    {"tick", do_tick, 1},
    {"restart", do_restart, 1},
    {"paid", do_paid, 3},
    {"refunded", do_refunded, 3},
    {"charged_back", do_charged_back, 3},
    {"reinstated", do_reinstated, 3},
    {"partly_refunded", do_partly_refunded, 3},
    {"refund_failed", do_refund_failed, 3},
    {"invalid", do_invalid, 3},
    {"short", do_short, 3},
    {"joined", do_joined, 3},
    {"subscribed", do_subscribed, 3},
    {"approved", do_approved, 3},
    {"checks_out", do_checks_out, 4},
    {"stars", do_stars, 4},
    {"looked", do_looked, 4},
    {"start", do_start, 2},
    {"says", do_says, 3},
    {"opens", do_opens, 3},
    {"presses", do_presses, 3},
    {"knocks", do_knocks, 3},
    {"bot", do_bot, 3},
    {"enters", do_enters, 3},
    {"leaves", do_leaves, 3},
    {"banned", do_banned, 3},
    {"admin", do_admin, 3},
    {"migrates", do_migrates, 3},
    {"configure", do_configure, 2},
    {"blocks", do_blocks, 2},
    {"unblocks", do_blocks, 2},
    {"settle", do_settle, 3},
    {"release", do_release, 2},
    {"broadcast", do_broadcast, 2},
    {"cancel", do_cancel, 2},
    {"starts", do_starts, 2},
    {"attempt", do_attempt, 4},
    {"does", do_does, 2},
    {"expect", do_expect, 3},
};

static void run_line(struct scenario *scenario, char *line)
{
    scenario->count = 0;
    char *comment = strchr(line, '#');
    if (comment != NULL)
        *comment = 0;
    char *rest = NULL;
    const char *wanted = NULL;
    for (char *word = strtok_r(line, " \t\n", &rest); word != NULL;
         word = strtok_r(NULL, " \t\n", &rest)) {
        if (strcmp(word, "=>") == 0) {
            wanted = strtok_r(NULL, " \t\n", &rest);
            break;
        }
        assert_true(scenario->count < WORDS_MAX);
        scenario->words[scenario->count++] = word;
    }
    if (scenario->count == 0)
        return;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(scenario->words[0], verbs[i].word) != 0 || scenario->count < verbs[i].words)
            continue;
        verbs[i].run(scenario);
        if (wanted != NULL && strcmp(result_name(scenario->result), wanted) != 0)
            FAIL(scenario, "the result is %s", result_name(scenario->result));
        return;
    }
    FAIL(scenario, "unknown line");
}

static void hash_of(struct store *store, uint8_t out[32])
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, false, &txn), ERROR_NONE);
    assert_int_equal(store_hash(txn, out), ERROR_NONE);
    store_abort(&txn);
}

static void replay(struct scenario *scenario)
{
    struct store *store;
    struct ledger *ledger;
    struct effects effects = {0};
    uint8_t first[32];
    uint8_t second[32];
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    for (uint64_t i = 0; i < scenario->sequence; i++) {
        unsigned result;
        struct slice command = slice_of(scenario->journal.data + (size_t)scenario->commands[i].data,
                                        scenario->commands[i].len);
        assert_int_equal(
            ledger_apply(ledger, i + 1, scenario->times[i], command, &result, &effects),
            ERROR_NONE);
    }
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    hash_of(scenario->store, first);
    hash_of(store, second);
    if (memcmp(first, second, 32) != 0)
        FAIL(scenario, "a replay in one batch gives another state");
    free(effects.items);
    ledger_close(&ledger);
    store_close(&store);
}

static void run_scenario(void **state)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    char path[512];
    char line[1024];
    assert_non_null(scenario);
    snprintf(path, sizeof path, "%s/%s", directory, (const char *)*state);
    scenario->file = path;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buf_init(&scenario->journal, 1 << 22);
    assert_non_null(buf_reserve(&scenario->journal, 1 << 21)); /* commands do not move */
    assert_int_equal(store_open_memory(&scenario->store), ERROR_NONE);
    assert_int_equal(ledger_open(scenario->store, &scenario->ledger, NULL), ERROR_NONE);
    scenario->dispatch = dispatch_new(&(struct dispatch_options){0});
    scenario->now_ms = UINT64_C(1767225600000); /* 2026-01-01T00:00:00Z */
    configure(scenario, "club.yaml");
    while (fgets(line, sizeof line, file) != NULL) {
        scenario->line++;
        run_line(scenario, line);
    }
    (void)fclose(file);
    replay(scenario);
    dispatch_destroy(&scenario->dispatch);
    ledger_close(&scenario->ledger);
    store_close(&scenario->store);
    buf_deinit(&scenario->journal);
    free(scenario);
}

static int is_scenario(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".txt") == 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        directory = argv[1];
    struct dirent **entries;
    int count = scandir(directory, &entries, is_scenario, alphasort);
    if (count <= 0) {
        (void)fprintf(stderr, "no scenarios in %s: %s\n", directory, strerror(errno));
        return 1;
    }
    struct CMUnitTest *tests = calloc((size_t)count, sizeof *tests);
    for (int i = 0; tests != NULL && i < count; i++)
        tests[i] = (struct CMUnitTest){.name = entries[i]->d_name,
                                       .test_func = run_scenario,
                                       .initial_state = entries[i]->d_name};
    int failed = _cmocka_run_group_tests("scenarios", tests, (size_t)count, NULL, NULL);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    free(tests);
    return failed;
}
