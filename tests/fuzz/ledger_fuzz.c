/* A ledger on a state that is not as it left it: opening it, asking it everything and applying one
 * command of each kind must answer, or fail with an error, and never crash. The input's first byte
 * says whether the state of a small community is there to begin with (bit 0), and what is left out
 * so that the rest is tried more often (bits 1 to 3: questions, deliveries, commands); then follow
 * changes:
 *
 *   a byte below 128, modulo tables: a row of this table: length and bytes of its key, of its value
 *   128 and above: row number N of that table is changed: N, how, where, with what (four bytes) */
#include "base/json.h"
#include "base/utf8.h"
#include "ledger/ledger.h"
#include "ledger/numbers.h"
#include "ledger/records.h"
#include "modules/order/order.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

enum { JSON_MAX = 4 << 20, COMMAND_MAX = 8192, ROWS_MAX = 512, CHANGES_MAX = 64 };
enum { KEPT_ORDERS = 2 };
enum { GROUP_STARTER = -1001, GROUP_CORE = -1002, START_MS = 1000000000 };
enum { WITH_BASE = 1, WITHOUT_QUESTIONS = 2, WITHOUT_DELIVERIES = 4, WITHOUT_COMMANDS = 8 };
enum { DAMAGE_BYTE, DAMAGE_CUT, DAMAGE_KEY, DAMAGE_GONE, DAMAGES };

struct row {
    enum table table;
    uint8_t key[STORE_KEY_MAX];
    size_t key_len;
    uint8_t *value;
    size_t value_len;
};

static struct row base[ROWS_MAX]; /* the small community's state */
static size_t base_count;
static char order_ids[KEPT_ORDERS][ORDER_ID_MAX + 1]; /* of its history, in their order */
static size_t order_count;

/* No room, no disk and no other process are part of this: what is stored is all that can be wrong.
 */
static bool is_answer(enum error error)
{
    return error == ERROR_NONE || error == ERROR_CORRUPT || error == ERROR_VERSION;
}

static void append(struct buf *out, const struct message *message)
{
    wire_encode(out, message);
    MUST(!out->failed);
}

static void append_catalog(struct buf *out)
{
    static const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {SLICE("Club"), SLICE("Asia/Shanghai"), 0, 1}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("second")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {SLICE("starter"), SLICE("main"), GROUP_STARTER, INVITE_JOIN_REQUEST,
                           86400000}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {SLICE("core"), SLICE("main"), GROUP_CORE, INVITE_ONE_TIME_LINK,
                           86400000}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {SLICE("starter"), 0, 0}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {SLICE("core"), 3, 86400000}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {SLICE("starter"), SLICE("starter")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {SLICE("core"), SLICE("starter")}},
        {.kind = MESSAGE_catalog_plan_group, .catalog_plan_group = {SLICE("core"), SLICE("core")}},
        {.kind = MESSAGE_catalog_price,
         .catalog_price = {SLICE("starter"), 900, SLICE("USD"), 1, 0}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("core"), 2900, SLICE("USD"), 0, 7}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        append(out, &rows[i]);
}

/* A command and the day on which it comes. */
struct step {
    unsigned day;
    struct message message;
};

#define DAYS(n) ((n)*UINT64_C(86400000))

/* What is asked for; ORDERS("1") asks for the second, PAID(..., "1", ...) pays that. */
static const struct order_create wanted[] = {
    {.telegram_id = 47, .plan = SLICE("starter"), .expires = DAYS(3)},
    {.telegram_id = 48, .plan = SLICE("core"), .expires = DAYS(366)},
    {.telegram_id = 41, .plan = SLICE("starter")},
};

#define PAID(id, who, wanted, order, minor)                                                        \
    {                                                                                              \
        .kind = MESSAGE_cmd_payment, .cmd_payment = {                                              \
            .gateway = SLICE("g"),                                                                 \
            .event_id = SLICE("e" id),                                                             \
            .payment_id = SLICE(id),                                                               \
            .kind = PAYMENT_PAID,                                                                  \
            .telegram_id = who,                                                                    \
            .plan = SLICE(wanted),                                                                 \
            .order_id = SLICE(order),                                                              \
            .amount = minor,                                                                       \
            .currency = SLICE("USD")                                                               \
        }                                                                                          \
    }
#define OTHERWISE(id, was)                                                                         \
    {                                                                                              \
        .kind = MESSAGE_cmd_payment, .cmd_payment = {                                              \
            .gateway = SLICE("g"),                                                                 \
            .event_id = SLICE("e" #was id),                                                        \
            .payment_id = SLICE(id),                                                               \
            .kind = was,                                                                           \
            .amount = -1                                                                           \
        }                                                                                          \
    }
#define WRITES(who, update, said)                                                                  \
    {                                                                                              \
        .kind = MESSAGE_cmd_said, .cmd_said = {                                                    \
            .bot = SLICE("main"),                                                                  \
            .update_id = update,                                                                   \
            .chat_id = who,                                                                        \
            .telegram_id = who,                                                                    \
            .name = SLICE("Ada"),                                                                  \
            .language = SLICE("de"),                                                               \
            .origin = SAID_PRIVATE,                                                                \
            .module = MODULE_access,                                                               \
            .verb = SLICE(said)                                                                    \
        }                                                                                          \
    }
#define KNOCKS(who, update)                                                                        \
    {                                                                                              \
        .kind = MESSAGE_cmd_join_request, .cmd_join_request = {                                    \
            SLICE("main"),                                                                         \
            update,                                                                                \
            GROUP_STARTER,                                                                         \
            who,                                                                                   \
            SLICE("Ada"),                                                                          \
            SLICE("de"),                                                                           \
            SLICE(""),                                                                             \
            0                                                                                      \
        }                                                                                          \
    }
#define MOVES(who, update, chat, to, by, at)                                                       \
    {                                                                                              \
        .kind = MESSAGE_cmd_membership, .cmd_membership = {                                        \
            SLICE("main"),                                                                         \
            update,                                                                                \
            chat,                                                                                  \
            who,                                                                                   \
            to,                                                                                    \
            SLICE(by),                                                                             \
            at                                                                                     \
        }                                                                                          \
    }
#define CAME_OUT(id, how, parts, made)                                                             \
    {                                                                                              \
        .kind = MESSAGE_cmd_outcome, .cmd_outcome = {                                              \
            .delivery = id,                                                                        \
            .lane = SLICE("telegram:main"),                                                        \
            .result = how,                                                                         \
            .parts_count = parts,                                                                  \
            .link = SLICE(made),                                                                   \
            .error = SLICE("e"),                                                                   \
            .freeze_chat_id = 41,                                                                  \
            .freeze_until_ms = how == OUTCOME_RETRY ? UINT64_C(1) << 50 : 0                        \
        }                                                                                          \
    }
#define ORDERS(row)                                                                                \
    {                                                                                              \
        .kind = MESSAGE_cmd_act, .cmd_act = {                                                      \
            .actor = SLICE("token"),                                                               \
            .who = WHO_OWNER,                                                                      \
            .seed = SLICE("0123456789abcdef"),                                                     \
            .body = SLICE(row)                                                                     \
        }                                                                                          \
    }
#define TICK                                                                                       \
    {                                                                                              \
        .kind = MESSAGE_cmd_tick                                                                   \
    }

#define BROADCAST(id)                                                                              \
    {                                                                                              \
        .kind = MESSAGE_cmd_broadcast, .cmd_broadcast = { SLICE(id), SLICE(""), SLICE("") }        \
    }

/* What made the community: it has letters sent, waiting and dead, links out, removals held,
 * payments unsettled and taken back, orders open and paid. Deliveries are numbered from 1. */
static const struct step history[] = {
    {0, PAID("p1", 41, "starter", "", 900)},
    {0, CAME_OUT(1, OUTCOME_DONE, 0, "https://t.me/+s")},
    {0, CAME_OUT(2, OUTCOME_DONE, 2, "")},
    {0, KNOCKS(41, 1)},
    {0, CAME_OUT(3, OUTCOME_DONE, 0, "")},
    {0, MOVES(41, 2, GROUP_STARTER, MEMBER_IN, "", 5)},
    {0, PAID("p2", 42, "core", "", 2900)},
    {0, CAME_OUT(4, OUTCOME_DONE, 0, "https://t.me/+c42")},
    {0, CAME_OUT(5, OUTCOME_DONE, 0, "https://t.me/+c42")},
    {0, PAID("p3", 43, "core", "", 2900)},
    {0, PAID("p4", 44, "starter", "", 1)},
    {0, PAID("p5", 45, "starter", "", 900)},
    {0, OTHERWISE("p5", PAYMENT_REFUNDED)},
    {1, WRITES(46, 3, "start")},
    {1, ORDERS("0")},
    {1, ORDERS("1")},
    {1, PAID("p6", 47, "", "0", 900)},
    {1, WRITES(41, 4, "")},
    {1, CAME_OUT(8, OUTCOME_UNREACHABLE, 1, "")},
    {1, CAME_OUT(9, OUTCOME_FAILED, 1, "")},
    {1, CAME_OUT(10, OUTCOME_RETRY, 1, "")},
    {9, TICK},
    {40, BROADCAST("b1")},
    {40, TICK},
    {40, BROADCAST("b2")},
    {40, {.kind = MESSAGE_cmd_broadcast_cancel, .cmd_broadcast_cancel = {SLICE("b2")}}},
};

/* One of each kind, on what the history left. */
static const struct step probes[] = {
    {41, {.kind = MESSAGE_cmd_boot, .cmd_boot = {SLICE("0")}}},
    {41, TICK},
    {41, PAID("q3", 48, "", "1", 2900)},
    {400, TICK},
    {400, PAID("q1", 41, "starter", "", 900)},
    {400, PAID("q2", 43, "core", "", 2900)},
    {400, OTHERWISE("p1", PAYMENT_CHARGED_BACK)},
    {400, OTHERWISE("p2", PAYMENT_REFUNDED)},
    {400, OTHERWISE("p5", PAYMENT_REINSTATED)},
    {400, WRITES(41, 100, "start")},
    {400, WRITES(42, 101, "help")},
    {400, KNOCKS(41, 102)},
    {400, KNOCKS(99, 103)},
    {400, MOVES(49, 104, GROUP_CORE, MEMBER_IN, "https://t.me/+c42", 9)},
    {400, MOVES(42, 105, GROUP_CORE, MEMBER_IN, "https://t.me/+c42", 9)},
    {400, MOVES(41, 106, GROUP_STARTER, MEMBER_LEFT, "", 9)},
    {400, MOVES(1, 107, GROUP_CORE, MEMBER_ADMIN, "", 9)},
    {400, {.kind = MESSAGE_cmd_reachable, .cmd_reachable = {SLICE("main"), 108, 42, 0, 9}}},
    {400, {.kind = MESSAGE_cmd_reachable, .cmd_reachable = {SLICE("main"), 109, 42, 1, 9}}},
    {400, {.kind = MESSAGE_cmd_migrate, .cmd_migrate = {SLICE("main"), 110, GROUP_CORE, -1009}}},
    {400, ORDERS("2")},
    {400,
     {.kind = MESSAGE_cmd_settle,
      .cmd_settle = {SLICE("g"), SLICE("p4"), 44, SLICE("starter"), 0, 3}}},
    {400, BROADCAST("b3")},
    {400, {.kind = MESSAGE_cmd_broadcast_cancel, .cmd_broadcast_cancel = {SLICE("b1")}}},
    {400, TICK},
    {400, {.kind = MESSAGE_cmd_release, .cmd_release = {RELEASE_HELD, 0}}},
    {400, {.kind = MESSAGE_cmd_release, .cmd_release = {RELEASE_DEAD, 0}}},
};

static bool apply(struct ledger *ledger, unsigned day, const struct message *given)
{
    static const struct message text = {.kind = MESSAGE_broadcast_text,
                                        .broadcast_text = {.text = SLICE("Hello")}};
    char bytes[COMMAND_MAX], inner[256];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct effects effects = {0};
    unsigned result = RESULT_COUNT;
    struct message message = *given;
    struct buf row = {.data = inner, .cap = sizeof inner, .max = sizeof inner};
    if (message.kind == MESSAGE_cmd_broadcast) {
        append(&row, &text);
        message.cmd_broadcast.texts = buf_slice(&row);
    } else if (message.kind == MESSAGE_cmd_act) {
        shape_encode(&row, shape_order_create(), &wanted[message.cmd_act.body.data[0] - '0']);
        message.cmd_act.body = buf_slice(&row);
    } else if (message.kind == MESSAGE_cmd_payment && message.cmd_payment.order_id.len > 0) {
        message.cmd_payment.order_id =
            slice_from(order_ids[message.cmd_payment.order_id.data[0] - '0']);
    }
    append(&command, &message);
    enum error error = ledger_begin(ledger);
    MUST(is_answer(error));
    if (error != ERROR_NONE)
        return false;
    error = ledger_apply(ledger, ledger_applied(ledger) + 1, START_MS + DAYS(day),
                         buf_slice(&command), &result, &effects);
    free(effects.items);
    MUST(is_answer(error));
    if (error != ERROR_NONE) {
        ledger_abort(ledger);
        return false;
    }
    MUST(result_known(result) && result_text(result) != NULL);
    error = ledger_commit(ledger);
    MUST(is_answer(error));
    return error == ERROR_NONE;
}

/* The order that was made just now. */
static void keep_order_id(struct ledger *ledger)
{
    struct order order;
    MUST(order_count < KEPT_ORDERS && ledger_begin(ledger) == ERROR_NONE);
    MUST(order_by_serial(ledger, order_count + 1, &order));
    memcpy(order_ids[order_count++], order.id, sizeof order.id);
    ledger_abort(ledger);
}

static void apply_catalog(struct ledger *ledger)
{
    struct buf rows;
    buf_init(&rows, COMMAND_MAX / 2);
    append_catalog(&rows);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {SLICE("0123456789abcdef0123456789abcdef"), buf_slice(&rows)}};
    (void)apply(ledger, 0, &message);
    buf_deinit(&rows);
}

static void keep_base(struct store *store)
{
    struct store_txn *txn;
    MUST(store_begin(store, false, &txn) == ERROR_NONE);
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct slice key = SLICE("\0"), value;
        for (bool after = false;
             store_seek(txn, (enum table)table, key, after, &key, &value) == ERROR_NONE;
             after = true) {
            MUST(base_count < ROWS_MAX);
            struct row *row = &base[base_count++];
            row->table = (enum table)table;
            row->key_len = key.len;
            memcpy(row->key, key.data, key.len);
            row->value = malloc(value.len + 1);
            MUST(row->value != NULL);
            if (value.len > 0)
                memcpy(row->value, value.data, value.len);
            row->value_len = value.len;
            key = slice_of(row->key, row->key_len);
        }
    }
    store_abort(&txn);
}

static void make_base(void)
{
    struct store *store;
    struct ledger *ledger;
    MUST(store_open_memory(&store) == ERROR_NONE);
    MUST(ledger_open(store, &ledger, NULL) == ERROR_NONE);
    apply_catalog(ledger);
    for (size_t i = 0; i < sizeof history / sizeof history[0]; i++) {
        MUST(apply(ledger, history[i].day, &history[i].message));
        if (history[i].message.kind == MESSAGE_cmd_act)
            keep_order_id(ledger);
    }
    ledger_close(&ledger);
    keep_base(store);
    store_close(&store);
}

static uint8_t take(struct slice *input)
{
    if (input->len == 0)
        return 0;
    uint8_t byte = (uint8_t)input->data[0];
    *input = slice_of(input->data + 1, input->len - 1);
    return byte;
}

static struct slice take_some(struct slice *input)
{
    size_t len = take(input);
    len = len < input->len ? len : input->len;
    struct slice out = slice_of(input->data, len);
    *input = slice_of(input->data + len, input->len - len);
    return out;
}

static void damage(struct store_txn *txn, enum table table, struct slice *input)
{
    unsigned number = take(input), how = take(input), where = take(input), with = take(input);
    const struct row *rows[ROWS_MAX];
    unsigned count = 0;
    for (size_t i = 0; i < base_count; i++)
        if (base[i].table == table)
            rows[count++] = &base[i];
    if (count == 0)
        return;
    struct row row = *rows[number % count];
    uint8_t *value = malloc(row.value_len + 1);
    MUST(value != NULL);
    memcpy(value, row.value, row.value_len);
    enum error error = store_delete(txn, table, slice_of(row.key, row.key_len));
    MUST(error == ERROR_NONE || error == ERROR_NOT_FOUND);
    if (how % DAMAGES == DAMAGE_BYTE && row.value_len > 0)
        value[where % row.value_len] = (uint8_t)with;
    else if (how % DAMAGES == DAMAGE_CUT && where < row.value_len)
        row.value_len = where;
    else if (how % DAMAGES == DAMAGE_KEY)
        row.key[where % row.key_len] = (uint8_t)with;
    if (how % DAMAGES != DAMAGE_GONE)
        MUST(store_put(txn, table, slice_of(row.key, row.key_len),
                       slice_of(value, row.value_len)) == ERROR_NONE);
    free(value);
}

static void fill(struct store *store, struct slice input)
{
    struct store_txn *txn;
    MUST(store_begin(store, true, &txn) == ERROR_NONE);
    if (take(&input) & WITH_BASE)
        for (size_t i = 0; i < base_count; i++)
            MUST(store_put(txn, base[i].table, slice_of(base[i].key, base[i].key_len),
                           slice_of(base[i].value, base[i].value_len)) == ERROR_NONE);
    for (int i = 0; i < CHANGES_MAX && input.len > 0; i++) {
        uint8_t what = take(&input);
        enum table table = (enum table)(what % 128 % TABLE_COUNT);
        if (what >= 128) {
            damage(txn, table, &input);
            continue;
        }
        struct slice key = take_some(&input);
        struct slice value = take_some(&input);
        if (key.len > 0)
            MUST(store_put(txn, table, key, value) == ERROR_NONE);
    }
    MUST(store_commit(&txn) == ERROR_NONE);
}

static bool is_utf8(struct slice text)
{
    uint32_t code_point;
    for (size_t len = 1; text.len > 0 && len > 0; text = slice_of(text.data + len, text.len - len))
        len = utf8_decode(text, &code_point);
    return text.len == 0;
}

static void ask(struct ledger *ledger, uint64_t what, int64_t subject, struct slice text)
{
    const struct message_query query = {.what = what, .subject = subject, .text = text};
    struct buf json;
    unsigned status = 0;
    cJSON *root = NULL;
    buf_init(&json, JSON_MAX);
    enum error error = ledger_query(ledger, &query, &json, &status);
    MUST(is_answer(error));
    if (error == ERROR_NONE) {
        MUST(status == 200 || status == 404 || status == 400);
        /* Names are stored as they came, so a damaged one may be no text. */
        MUST(json_parse(buf_slice(&json), JSON_MAX, 8, &root, NULL) == ERROR_NONE ||
             !is_utf8(buf_slice(&json)));
        json_free(&root);
    }
    buf_deinit(&json);
}

static void ask_everything(struct ledger *ledger)
{
    static const char *const states[] = {"",     "pending", "started", "done",
                                         "dead", "held",    "waiting", "nonsense"};
    for (int64_t who = 41; who <= 49; who++)
        ask(ledger, QUERY_MEMBER, who, SLICE(""));
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        ask(ledger, QUERY_QUEUE, 0, slice_from(states[i]));
    ask(ledger, QUERY_PAYMENTS, 0, SLICE(""));
    ask(ledger, QUERY_PAYMENTS, 0, SLICE("unsettled"));
    for (const char *id = "1234567"; *id != 0; id++) {
        const char payment[] = {'g', '/', 'p', *id, 0};
        ask(ledger, QUERY_PAYMENT, 0, slice_from(payment));
    }
    for (size_t i = 0; i < KEPT_ORDERS; i++)
        ask(ledger, QUERY_ORDER, 0, slice_from(order_ids[i]));
    ask(ledger, QUERY_ORDERS, 0, SLICE(""));
    ask(ledger, QUERY_GROUPS, 0, SLICE(""));
    ask(ledger, QUERY_STATUS, 0, SLICE(""));
    ask(ledger, QUERY_BROADCAST, 0, SLICE("b1"));
    ask(ledger, QUERY_BROADCASTS, 0, SLICE(""));
}

/* Leases all that is pending, as the dispatcher would, and then ends every attempt: in the order of
 * the deliveries each in another way. */
static void deliver(struct ledger *ledger)
{
    static const struct message endings[] = {
        CAME_OUT(0, OUTCOME_DONE, 3, "https://t.me/+n"),
        CAME_OUT(0, OUTCOME_RETRY, 1, ""),
        CAME_OUT(0, OUTCOME_FAILED, 1, ""),
        CAME_OUT(0, OUTCOME_UNREACHABLE, 1, ""),
        CAME_OUT(0, OUTCOME_MOOT, 1, ""),
        CAME_OUT(0, OUTCOME_MIGRATED, 1, ""),
    };
    struct effects effects = {0};
    struct buf out;
    uint64_t after = 0;
    enum error error = ledger_pending(ledger, &after, SIZE_MAX, &effects);
    MUST(is_answer(error));
    buf_init(&out, JSON_MAX);
    for (size_t i = 0; i < effects.count; i++) {
        buf_clear(&out);
        error = ledger_work(ledger, effects.items[i].delivery, UINT64_MAX, &out);
        MUST(is_answer(error) || error == ERROR_NOT_FOUND);
    }
    buf_clear(&out);
    MUST(is_answer(ledger_freezes(ledger, SLICE("main"), 0, &out)));
    buf_deinit(&out);
    for (size_t i = 0; i < effects.count; i++) {
        struct message ending = endings[i % (sizeof endings / sizeof endings[0])];
        ending.cmd_outcome.delivery = effects.items[i].delivery;
        const struct message started = {.kind = MESSAGE_cmd_started,
                                        .cmd_started = {effects.items[i].delivery}};
        if (effects.items[i].kind == DELIVERY_notice)
            (void)apply(ledger, 401, &started);
        ending.cmd_outcome.new_chat_id = -1010;
        (void)apply(ledger, 401, &ending);
    }
    free(effects.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store;
    struct ledger *ledger;
    struct why why;
    if (size == 0)
        return 0;
    if (base_count == 0)
        make_base();
    MUST(store_open_memory(&store) == ERROR_NONE);
    fill(store, slice_of(data, size));
    enum error error = ledger_open(store, &ledger, &why);
    MUST(is_answer(error) || error == ERROR_INVALID); /* a time zone that is not known here */
    if (error == ERROR_NONE && !(data[0] & WITHOUT_QUESTIONS))
        ask_everything(ledger);
    if (error == ERROR_NONE && !(data[0] & WITHOUT_DELIVERIES))
        deliver(ledger);
    if (error == ERROR_NONE && !(data[0] & WITHOUT_COMMANDS)) {
        for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++)
            (void)apply(ledger, probes[i].day, &probes[i].message);
        apply_catalog(ledger);
    }
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}
