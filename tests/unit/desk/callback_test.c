#include "desk/callback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct config_gateway stripe = {.name = "stripe", .kind = GATEWAY_STRIPE};

static void put_headers(struct buf *out, size_t count)
{
    const struct message header = {.kind = MESSAGE_header,
                                   .header = {.name = SLICE("X-A"), .value = SLICE("1")}};
    buf_init(out, 65536);
    for (size_t i = 0; i < count; i++)
        wire_encode(out, &header);
}

static void test_headers(void **state)
{
    struct callback_headers headers;
    struct buf lines;
    (void)state;
    put_headers(&lines, HTTP_HEADERS_MAX);
    struct message_request request = {.method = SLICE("POST"),
                                      .path = SLICE("/hooks/stripe"),
                                      .query = SLICE("a=1"),
                                      .headers = buf_slice(&lines),
                                      .body = SLICE("{}")};
    assert_true(callback_headers(&request, &headers));
    assert_int_equal(headers.count, HTTP_HEADERS_MAX);
    const struct gateway_request question = callback_question(&request, &headers, 7);
    assert_true(slice_is(question.headers[0].name, "X-A"));
    assert_true(slice_is(question.body, "{}") && slice_is(question.query, "a=1"));
    assert_int_equal(question.now_ms, 7);
    buf_deinit(&lines);
    put_headers(&lines, HTTP_HEADERS_MAX + 1);
    request.headers = buf_slice(&lines);
    assert_false(callback_headers(&request, &headers));
    request.headers = SLICE("\xff");
    assert_false(callback_headers(&request, &headers));
    buf_deinit(&lines);
}

static void test_judgements(void **state)
{
    struct payment_event event = {.amount = 900, .kind = PAYMENT_PAID};
    struct judgement judgement;
    struct message message;
    (void)state;
    judgement_init(&judgement);
    callback_refuse(GATEWAY_unused, &stripe, &judgement);
    assert_int_equal(judgement.status, 200);
    assert_string_equal(judgement.reason, "unused");
    assert_true(slice_is(buf_slice(&judgement.body), "ok"));
    callback_refuse(GATEWAY_signature_wrong, &stripe, &judgement);
    assert_int_equal(judgement.status, 401);
    assert_non_null(judgement.remedy);
    callback_refuse(GATEWAY_payment_unknown, &stripe, &judgement);
    assert_int_equal(judgement.status, 400);
    assert_null(judgement.remedy);

    (void)snprintf(event.event_id, sizeof event.event_id, "evt");
    (void)snprintf(event.payment_id, sizeof event.payment_id, "pi");
    (void)snprintf(event.currency, sizeof event.currency, "USD");
    callback_take(&stripe, &event, &judgement);
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_true(slice_is(buf_slice(&judgement.body), "ok"));
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_cmd_payment);
    assert_true(slice_is(message.cmd_payment.gateway, "stripe"));
    assert_true(slice_is(message.cmd_payment.payment_id, "pi"));
    assert_int_equal(message.cmd_payment.amount, 900);
    judgement_deinit(&judgement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_judgements)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
