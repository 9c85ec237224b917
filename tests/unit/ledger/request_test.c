/* A request to a service: asked until it has come to something, by one delivery and so one key. */
#include "ledger/request.h"

#include "ledger/delivery.h"
#include "ledger/notice.h"
#include "ledger/ops/ops.h"
#include "ledger/outbox.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { ANN = 42, NO_MODULE = 99 };

static struct store *store;
static struct ledger *ledger;
static struct effects effects;
static struct record_delivery delivery;

static const struct message part = {.kind = MESSAGE_part_request,
                                    .part_request = {.method = SLICE("POST"),
                                                     .path = SLICE("/orders"),
                                                     .type = SLICE("application/json"),
                                                     .body = SLICE("{}"),
                                                     .reads = SLICE("")}};

static int open_ledger(void **state)
{
    (void)state;
    effects = (struct effects){0};
    if (store_open_memory(&store) != ERROR_NONE ||
        ledger_open(store, &ledger, NULL) != ERROR_NONE || ledger_begin(ledger) != ERROR_NONE)
        return -1;
    ledger->effects = &effects;
    ledger->at_ms = 1000000;
    struct record_member member = {.created_ms = 1, .seen_ms = 1};
    member_store(ledger, ANN, &member);
    return 0;
}

static int close_ledger(void **state)
{
    (void)state;
    assert_int_equal(ledger->error, ERROR_NONE);
    free(effects.items);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static uint64_t sent(void)
{
    return request_send(ledger, NO_MODULE, REQUEST_KEYED, SLICE("http:acme"), SLICE("ref-1"), ANN,
                        &part);
}

static enum result ended(uint64_t id, enum outcome outcome)
{
    const struct message_cmd_outcome how = {
        .delivery = id, .result = outcome, .retry_at_ms = ledger->at_ms + 5, .status = 200};
    return op_outcome(ledger, &how);
}

static void it_is_asked_again_by_the_same_delivery(void **state)
{
    (void)state;
    uint64_t id = sent();
    assert_int_not_equal(id, 0);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(ended(id, OUTCOME_RETRY), RESULT_ok);
        assert_true(delivery_load(ledger, id, &delivery));
        assert_int_equal(delivery.stage, STAGE_PENDING);
        assert_int_equal(delivery.not_before_ms, ledger->at_ms + 5);
        ledger->at_ms += 60000;
    }
    assert_int_equal(ledger->meta.next_delivery, id + 1); /* never a second one */
    assert_int_equal(ended(id, OUTCOME_DONE), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);
    assert_int_equal(delivery_parts(ledger, id).len, 0);
    assert_int_equal(ended(id, OUTCOME_DONE), RESULT_not_pending);
}

static void a_refusal_is_a_dead_letter(void **state)
{
    (void)state;
    uint64_t id = sent();
    assert_int_equal(ended(id, OUTCOME_FAILED), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
    outbox_revive(ledger, id);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_PENDING);
    assert_int_not_equal(delivery_parts(ledger, id).len, 0);
}

static void trying_for_days_is_the_operators_to_decide(void **state)
{
    (void)state;
    uint64_t id = sent();
    ledger->at_ms += UINT64_C(4) * 24 * 3600 * 1000;
    assert_int_equal(ended(id, OUTCOME_RETRY), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
}

static void it_can_be_withdrawn(void **state)
{
    (void)state;
    uint64_t id = sent();
    request_withdraw(ledger, id);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);
    assert_int_equal(ended(id, OUTCOME_DONE), RESULT_not_pending);
}

static void of_nobodys_nothing_is_kept(void **state)
{
    (void)state;
    uint64_t id =
        request_send(ledger, NO_MODULE, REQUEST_KEYED, SLICE("http:acme"), SLICE("r"), 0, &part);
    assert_int_equal(ended(id, OUTCOME_DONE), RESULT_ok);
    assert_false(delivery_load(ledger, id, &delivery));
}

static uint64_t sent_once(void)
{
    uint64_t id = request_send(ledger, NO_MODULE, REQUEST_ONCE, SLICE("http:acme"), SLICE("ref-1"),
                               ANN, &part);
    const struct message_cmd_started started = {id};
    assert_int_equal(op_started(ledger, &started), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_STARTED);
    return id;
}

static void assert_doubtful(uint64_t id)
{
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DEAD);
    assert_non_null(strstr(delivery.error, "it may have been done"));
}

static void without_keys_doubt_is_the_operators(void **state)
{
    (void)state;
    uint64_t id = sent_once();
    assert_int_equal(ended(id, OUTCOME_IN_DOUBT), RESULT_ok);
    assert_doubtful(id);
    /* So is a restart in the middle of an attempt. */
    id = sent_once();
    const struct message_cmd_boot boot = {SLICE("test")};
    assert_int_equal(op_boot(ledger, &boot), RESULT_ok);
    assert_doubtful(id);
    /* And an outcome that never comes. */
    id = sent_once();
    ledger->at_ms += UINT64_C(24) * 3600 * 1000;
    (void)notices_due(ledger, 0, "");
    assert_doubtful(id);
    /* What was certainly not sent goes again, and what was withdrawn is looked for no more. */
    id = sent_once();
    assert_int_equal(ended(id, OUTCOME_RETRY), RESULT_ok);
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_PENDING);
    id = sent_once();
    request_withdraw(ledger, id);
    ledger->at_ms += UINT64_C(24) * 3600 * 1000;
    (void)notices_due(ledger, 0, "");
    assert_true(delivery_load(ledger, id, &delivery));
    assert_int_equal(delivery.stage, STAGE_DONE);
}

static void what_does_not_fit_is_not_sent(void **state)
{
    (void)state;
    static char long_ref[300];
    memset(long_ref, 'a', sizeof long_ref - 1);
    assert_int_equal(
        request_send(ledger, NO_MODULE, REQUEST_KEYED, SLICE(""), SLICE("r"), ANN, &part), 0);
    assert_int_equal(request_send(ledger, NO_MODULE, REQUEST_KEYED, SLICE("http:acme"),
                                  slice_from(long_ref), ANN, &part),
                     0);
}

static void fields_are_found_by_name(void **state)
{
    (void)state;
    char bytes[256];
    struct buf rows = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct message fields[] = {
        {.kind = MESSAGE_answer_field, .answer_field = {SLICE("id"), SLICE("7")}},
        {.kind = MESSAGE_answer_field, .answer_field = {SLICE("url"), SLICE("https://a.example")}}};
    wire_encode(&rows, &fields[0]);
    wire_encode(&rows, &fields[1]);
    const struct request_end end = {.answer = buf_slice(&rows)};
    assert_true(slice_is(request_field(&end, "url"), "https://a.example"));
    assert_int_equal(request_field(&end, "more").len, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_ledger, close_ledger)
    const struct CMUnitTest tests[] = {
        TEST(it_is_asked_again_by_the_same_delivery),
        TEST(a_refusal_is_a_dead_letter),
        TEST(trying_for_days_is_the_operators_to_decide),
        TEST(it_can_be_withdrawn),
        TEST(of_nobodys_nothing_is_kept),
        TEST(without_keys_doubt_is_the_operators),
        TEST(what_does_not_fit_is_not_sent),
        TEST(fields_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
