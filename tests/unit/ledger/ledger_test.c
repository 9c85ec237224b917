/* What no scenario says: commands and questions that do not fit, and freezes. */
#include "ledger/ledger.h"
#include "ledger/numbers.h"
#include "modules/access/access.h"
#include "modules/order/order.h"

#include "base/assert.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CHAT = -1001, HOUR_MS = 3600000, CENTURY_MONTHS = 1200 };

static struct store *store;
static struct ledger *ledger;
static uint64_t now_ms;
static char answer[65536];

static enum error apply_bytes(struct slice command, unsigned *result)
{
    struct effects effects = {0};
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    enum error error =
        ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, command, result, &effects);
    if (error == ERROR_NONE)
        assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    else
        ledger_abort(ledger);
    free(effects.items);
    return error;
}

static unsigned apply(const struct message *message)
{
    char bytes[4096];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    unsigned result = RESULT_COUNT;
    wire_encode(&command, message);
    assert_false(command.failed);
    assert_int_equal(apply_bytes(buf_slice(&command), &result), ERROR_NONE);
    return result;
}

static void configure(void)
{
    static const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {SLICE("Club"), SLICE("UTC"), 0, 20}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {SLICE("room"), SLICE("main"), CHAT, INVITE_JOIN_REQUEST, HOUR_MS}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {SLICE("all"), 0, 0}},
        {.kind = MESSAGE_catalog_plan_group, .catalog_plan_group = {SLICE("all"), SLICE("room")}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("all"), 900, SLICE("USD"), 1, 0}},
        {.kind = MESSAGE_catalog_price,
         .catalog_price = {SLICE("all"), 90000, SLICE("USD"), CENTURY_MONTHS, 0}},
    };
    char bytes[2048];
    struct buf catalog = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wire_encode(&catalog, &rows[i]);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {SLICE("0123456789abcdef0123456789abcdef"), buf_slice(&catalog)}};
    assert_int_equal(apply(&message), RESULT_ok);
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1767225600000;
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    configure();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static struct message payment(const char *id, int64_t member, const char *order)
{
    return (struct message){.kind = MESSAGE_cmd_payment,
                            .cmd_payment = {.gateway = SLICE("g"),
                                            .event_id = slice_from(id),
                                            .payment_id = slice_from(id),
                                            .kind = PAYMENT_PAID,
                                            .telegram_id = member,
                                            .plan = SLICE("all"),
                                            .order_id = slice_from(order),
                                            .amount = 900,
                                            .currency = SLICE("USD")}};
}

/* Member 42 asks for an order of this plan and so many months, as the API does. */
static unsigned order(const char *plan, uint32_t months)
{
    char bytes[512];
    struct buf body = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct order_create create = {.telegram_id = 42,
                                        .plan = slice_from(plan),
                                        .period = period_pack((struct period){months, 0})};
    shape_encode(&body, shape_order_create(), &create);
    assert_false(body.failed);
    const struct message message = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {SLICE("token"), WHO_OWNER, SLICE(""), SLICE(""),
                                                SLICE("0123456789abcdef"), buf_slice(&body)}};
    return apply(&message);
}

/* The id of the order of this number, from 1 on. */
static const char *order_id(uint64_t serial)
{
    static struct order order;
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_true(order_by_serial(ledger, serial, &order));
    ledger_abort(ledger);
    return order.id;
}

/* The answer's text is in answer afterwards. */
static unsigned ask(uint64_t what, int64_t subject, const char *text, uint64_t limit)
{
    const struct message_query query = {
        .what = what, .subject = subject, .text = slice_from(text), .limit = limit};
    struct buf json = {.data = answer, .cap = sizeof answer, .max = sizeof answer};
    unsigned status = 0;
    assert_int_equal(ledger_query(ledger, &query, &json, &status), ERROR_NONE);
    assert_true(json.len < sizeof answer);
    answer[json.len] = '\0';
    return status;
}

static void payments_that_do_not_fit(void **state)
{
    (void)state;
    struct message message = payment("p", 42, "");
    for (uint64_t kind = 0; kind < 99; kind = kind == 0 ? PAYMENT_APPROVED + 1 : 99) {
        message.cmd_payment.kind = kind;
        assert_int_equal(apply(&message), RESULT_invalid);
    }
    message = payment("", 42, "");
    assert_int_equal(apply(&message), RESULT_invalid);
    message = payment("p", 42, "");
    message.cmd_payment.gateway = SLICE("");
    assert_int_equal(apply(&message), RESULT_invalid);
    message = payment("p", 42, "");
    message.cmd_payment.currency = SLICE("EIGHTCHR");
    assert_int_equal(apply(&message), RESULT_invalid);
    assert_int_equal(ask(QUERY_MEMBER, 42, "", 0), 404);
    message = payment("p", 42, ""); /* as long as a message lets it be, and more than is kept */
    message.cmd_payment.gateway = SLICE("a-gateway-with-a-name-of-32-byte");
    char id[255];
    memset(id, 'i', sizeof id);
    message.cmd_payment.payment_id = message.cmd_payment.event_id = slice_of(id, sizeof id);
    assert_int_equal(apply(&message), RESULT_invalid);
    message = payment("q", 42, "");
    assert_int_equal(apply(&message), RESULT_granted);
}

static void orders_and_settlements_that_do_not_fit(void **state)
{
    (void)state;
    assert_int_equal(order("none", 1), RESULT_plan_unknown);
    assert_int_equal(order("", 1), RESULT_plan_unknown);
    assert_int_equal(order("all", 2), RESULT_price_unknown);
    assert_int_equal(order("all", UINT32_MAX), RESULT_price_unknown);
    assert_int_equal(ask(QUERY_ORDERS, 0, "", 0), 200);
    assert_null(strstr(answer, "order_id"));
    assert_int_equal(order("all", 1), RESULT_ok);

    struct message message = payment("p", 42, order_id(1));
    message.cmd_payment.amount = -1;
    message.cmd_payment.currency = SLICE("EUR"); /* names no amount, but another currency */
    assert_int_equal(apply(&message), RESULT_unsettled_amount);
    const struct message released = {.kind = MESSAGE_cmd_release, .cmd_release = {0, 0}};
    assert_int_equal(apply(&released), RESULT_invalid);
    const struct message one = {.kind = MESSAGE_cmd_release, .cmd_release = {RELEASE_DEAD, 77}};
    assert_int_equal(apply(&one), RESULT_not_found);
}

/* A thousand years are enough for one stretch. */
static void a_stretch_has_an_end(void **state)
{
    (void)state;
    for (int i = 0; i < 11; i++) {
        char id[16];
        ASSERT(snprintf(id, sizeof id, "p%d", i) > 0);
        assert_int_equal(order("all", CENTURY_MONTHS), RESULT_ok);
        struct message paid = payment(id, 0, order_id((uint64_t)i + 1));
        paid.cmd_payment.amount = 90000;
        assert_int_equal(apply(&paid), i < 10 ? RESULT_granted : RESULT_unsettled_too_long);
    }
}

static void strangers_change_nothing(void **state)
{
    (void)state;
    static const struct message messages[] = {
        {.kind = MESSAGE_cmd_said,
         .cmd_said = {.bot = SLICE("other"), .update_id = 1, .telegram_id = 42, .chat_id = 42}},
        {.kind = MESSAGE_cmd_said, .cmd_said = {.bot = SLICE("main"), .update_id = 1}},
        {.kind = MESSAGE_cmd_said,
         .cmd_said = {.bot = SLICE("main"),
                      .update_id = 1,
                      .chat_id = -9,
                      .telegram_id = 42,
                      .origin = SAID_GROUP,
                      .module = MODULE_access,
                      .verb = SLICE("status")}},
        {.kind = MESSAGE_cmd_join_request,
         .cmd_join_request = {SLICE("main"), 1, CHAT, 0, SLICE(""), SLICE(""), SLICE(""), 0}},
        {.kind = MESSAGE_cmd_join_request,
         .cmd_join_request = {SLICE("other"), 1, CHAT, 42, SLICE(""), SLICE(""), SLICE(""), 0}},
        {.kind = MESSAGE_cmd_membership,
         .cmd_membership = {SLICE("main"), 1, -9, 42, MEMBER_IN, SLICE(""), 0}},
        {.kind = MESSAGE_cmd_membership,
         .cmd_membership = {SLICE("main"), 1, CHAT, 42, MEMBER_KICKED + 1, SLICE(""), 0}},
        {.kind = MESSAGE_cmd_reachable, .cmd_reachable = {SLICE("other"), 1, 42, 1, 0}},
        {.kind = MESSAGE_cmd_reachable, .cmd_reachable = {SLICE("main"), 1, 42, 1, 0}},
        {.kind = MESSAGE_cmd_migrate, .cmd_migrate = {SLICE("other"), 2, CHAT, -9}},
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        if (apply(&messages[i]) != RESULT_stranger)
            fail_msg("case %zu", i);
    assert_int_equal(ask(QUERY_MEMBER, 42, "", 0), 404);
    static const struct message migrate = {.kind = MESSAGE_cmd_migrate,
                                           .cmd_migrate = {SLICE("main"), 9, CHAT, -9}};
    assert_int_equal(apply(&migrate), RESULT_ok);
    struct message again = migrate; /* Telegram tells it once more, of the new chat */
    again.cmd_migrate.chat_id = -9;
    assert_int_equal(apply(&again), RESULT_duplicate);
}

/* The letter 2 of the first member is pending; no outcome that means nothing changes it. */
static void outcomes_that_do_not_fit(void **state)
{
    char text[256];
    (void)state;
    memset(text, 'e', sizeof text);
    struct message paid = payment("p", 42, "");
    assert_int_equal(apply(&paid), RESULT_granted);
    struct message outcome = {.kind = MESSAGE_cmd_outcome,
                              .cmd_outcome = {.delivery = 1,
                                              .lane = SLICE("telegram:main"),
                                              .result = OUTCOME_DONE,
                                              .link = SLICE("l")}};
    assert_int_equal(apply(&outcome), RESULT_ok);
    outcome.cmd_outcome.delivery = 99;
    assert_int_equal(apply(&outcome), RESULT_not_found);
    outcome.cmd_outcome.delivery = 2;
    outcome.cmd_outcome.result = OUTCOME_MOOT + 1;
    assert_int_equal(apply(&outcome), RESULT_invalid);
    const struct message started = {.kind = MESSAGE_cmd_started, .cmd_started = {2}};
    const struct message nothing = {.kind = MESSAGE_cmd_started, .cmd_started = {99}};
    assert_int_equal(apply(&started), RESULT_not_pending); /* only a notice is told to start */
    assert_int_equal(apply(&nothing), RESULT_not_found);
    outcome.cmd_outcome.result = OUTCOME_FAILED;
    outcome.cmd_outcome.error = slice_of(text, sizeof text); /* more than is kept: nothing is */
    assert_int_equal(apply(&outcome), RESULT_ok);
    assert_int_equal(ask(QUERY_QUEUE, 0, "dead", 0), 200);
    assert_non_null(strstr(answer, "\"id\":2"));
    assert_null(strstr(answer, "\"error\""));
    outcome.cmd_outcome.error = SLICE("");
    assert_int_equal(apply(&outcome), RESULT_not_pending);
}

static size_t count_freezes(void)
{
    char bytes[1024];
    struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct message message;
    size_t count = 0;
    assert_int_equal(ledger_freezes(ledger, SLICE("telegram:main"), now_ms, &out), ERROR_NONE);
    for (struct slice rest = buf_slice(&out); rest.len > 0; count++) {
        assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
        assert_int_equal(message.kind, MESSAGE_freeze);
        assert_true(message.freeze.until_ms > now_ms);
    }
    return count;
}

static void freezes_last_until_they_are_over(void **state)
{
    (void)state;
    struct message outcome = {
        .kind = MESSAGE_cmd_outcome,
        .cmd_outcome = {.delivery = 99, .lane = SLICE("telegram:main"), .result = OUTCOME_RETRY}};
    const struct message boot = {.kind = MESSAGE_cmd_boot, .cmd_boot = {SLICE("1")}};
    outcome.cmd_outcome.freeze_until_ms = now_ms + 2 * HOUR_MS;
    assert_int_equal(apply(&outcome), RESULT_not_found);    /* the silence is kept all the same */
    outcome.cmd_outcome.freeze_until_ms = now_ms + HOUR_MS; /* shorter: the longer one holds */
    assert_int_equal(apply(&outcome), RESULT_not_found);
    outcome.cmd_outcome.freeze_chat_id = CHAT;
    assert_int_equal(apply(&outcome), RESULT_not_found);
    outcome.cmd_outcome.freeze_chat_id = 7;
    outcome.cmd_outcome.freeze_until_ms = now_ms; /* over already */
    assert_int_equal(apply(&outcome), RESULT_not_found);
    assert_int_equal(count_freezes(), 2);
    now_ms += HOUR_MS;
    assert_int_equal(count_freezes(), 1);
    assert_int_equal(apply(&boot), RESULT_ok);
    now_ms -= HOUR_MS;
    assert_int_equal(count_freezes(), 2); /* a clock that is set back finds both */
    now_ms += 49 * (uint64_t)HOUR_MS;
    assert_int_equal(apply(&boot), RESULT_ok);
    now_ms -= 49 * (uint64_t)HOUR_MS;
    assert_int_equal(count_freezes(), 1); /* two days later the one that ended first is forgotten */
}

static void who_writes_more_than_a_deep_link_holds(void **state)
{
    char payload[65];
    (void)state;
    memset(payload, 'x', sizeof payload);
    const struct message contact = {.kind = MESSAGE_cmd_said,
                                    .cmd_said = {.bot = SLICE("main"),
                                                 .update_id = 1,
                                                 .chat_id = 42,
                                                 .telegram_id = 42,
                                                 .name = SLICE("A"),
                                                 .language = SLICE("zh-TW"),
                                                 .origin = SAID_PRIVATE,
                                                 .module = MODULE_access,
                                                 .verb = SLICE("start"),
                                                 .arg = slice_of(payload, sizeof payload)}};
    char bytes[4096];
    struct buf work = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct message message, part;
    assert_int_equal(apply(&contact), RESULT_ok);
    assert_int_equal(ledger_work(ledger, 2, now_ms + 1, &work), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&work), &message, NULL), ERROR_NONE);
    assert_int_equal(wire_decode_one(message.work.parts, &part, NULL), ERROR_NONE);
    assert_int_equal(part.kind, MESSAGE_part_greeting);
    assert_int_equal(part.part_greeting.payload.len, 0);
}

static void bytes_that_are_no_command(void **state)
{
    (void)state;
    const struct message row = {.kind = MESSAGE_part_ended, .part_ended = {SLICE("all"), 0}};
    char bytes[256];
    struct buf encoded = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    unsigned result;
    uint64_t applied = ledger_applied(ledger);
    wire_encode(&encoded, &row);
    assert_int_equal(apply_bytes(buf_slice(&encoded), &result), ERROR_CORRUPT);
    assert_int_equal(apply_bytes(SLICE(""), &result), ERROR_CORRUPT);
    assert_int_equal(apply_bytes(SLICE("\xc1"), &result), ERROR_CORRUPT);
    assert_int_equal(ledger_applied(ledger), applied);
    const struct message no_catalog = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {SLICE("0123456789abcdef0123456789abcdef"), SLICE("\xc1")}};
    assert_int_equal(apply(&no_catalog), RESULT_invalid);
    struct message paid = payment("p", 42, ""); /* the one before is still in force */
    assert_int_equal(apply(&paid), RESULT_granted);
}

static void questions_that_find_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t what;
        const char *text;
        unsigned status;
    } rows[] = {
        {0, "", 400},
        {QUERY_ASK + 1, "", 400},
        {QUERY_ASK, "", 404},
        {QUERY_BROADCAST, "b", 404},
        {QUERY_MEMBER, "", 404},
        {QUERY_QUEUE, "asleep", 404},
        {QUERY_PAYMENTS, "lost", 404},
        {QUERY_PAYMENT, "no slash", 404},
        {QUERY_PAYMENT, "g/p", 404},
        {QUERY_PAYMENT, "a-gateway-whose-name-is-very-long/p", 404},
        {QUERY_ORDER, "o", 404},
        {QUERY_ORDERS, "", 200},
        {QUERY_PAYMENTS, "", 200},
        {QUERY_PAYMENTS, "unsettled", 200},
    };
    char longest[321] = "g/";
    memset(longest + 2, 'p', sizeof longest - 3);
    assert_int_equal(ask(QUERY_PAYMENT, 7, longest, 0), 404);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (ask(rows[i].what, 7, rows[i].text, 0) != rows[i].status)
            fail_msg("case %zu: %s", i, answer);
}

static size_t count_in(const char *text)
{
    size_t count = 0;
    for (const char *at = answer; (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

static void questions_are_bounded_and_complete(void **state)
{
    (void)state;
    assert_int_equal(order("all", 1), RESULT_ok);
    for (int i = 0; i < 3; i++) {
        char id[16];
        ASSERT(snprintf(id, sizeof id, "p%d", i) > 0);
        struct message paid = payment(id, 42, i == 0 ? order_id(1) : "");
        if (i == 2)
            paid.cmd_payment.amount = 1;
        assert_int_equal(apply(&paid), i == 2 ? RESULT_unsettled_amount : RESULT_granted);
    }
    assert_int_equal(ask(QUERY_ORDER, 0, order_id(1), 0), 200);
    assert_non_null(strstr(answer, "\"state\":\"paid\""));
    assert_non_null(strstr(answer, "\"gateway\":\"g\""));
    assert_non_null(strstr(answer, "\"payment_id\":\"p0\""));
    assert_int_equal(ask(QUERY_PAYMENTS, 0, "", 2), 200);
    assert_int_equal(count_in("\"payment_id\""), 2);
    assert_int_equal(ask(QUERY_PAYMENTS, 0, "", UINT64_MAX), 200);
    assert_int_equal(count_in("\"payment_id\""), 3);
    assert_int_equal(ask(QUERY_MEMBER, 42, "", 0), 200);
    assert_int_equal(count_in("\"payment_id\""), 3 + 1); /* and in its order */

    /* Settled for somebody else, it is no longer theirs who was named at first. */
    static const struct message settle = {
        .kind = MESSAGE_cmd_settle,
        .cmd_settle = {SLICE("g"), SLICE("p2"), 43, SLICE("all"), 1, 0}};
    assert_int_equal(apply(&settle), RESULT_granted);
    assert_int_equal(ask(QUERY_MEMBER, 42, "", 0), 200);
    assert_int_equal(count_in("\"payment_id\""), 2 + 1);
    assert_int_equal(ask(QUERY_MEMBER, 43, "", 0), 200);
    assert_int_equal(count_in("\"payment_id\""), 1);
    assert_int_equal(ask(QUERY_QUEUE, 0, "", 2), 200);
    assert_int_equal(count_in("\"kind\""), 2);
}

static void results_have_names_and_texts(void **state)
{
    (void)state;
    for (int result = 0; result < RESULT_COUNT; result++) {
        assert_true(result_name((enum result)result)[0] != 0);
        assert_true(result_text((enum result)result)[0] != 0);
    }
    assert_string_equal(result_name(RESULT_exists), "exists");
    assert_string_equal(result_text(RESULT_exists), "exists already");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(payments_that_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(orders_and_settlements_that_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stretch_has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strangers_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outcomes_that_do_not_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(freezes_last_until_they_are_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_writes_more_than_a_deep_link_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_command, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_that_find_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_are_bounded_and_complete, set_up, tear_down),
        cmocka_unit_test(results_have_names_and_texts),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
