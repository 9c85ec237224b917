/* What a reply means, and what a call becomes. */
#include "carrier/smtp/smtp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void the_reply_decides(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        enum outcome outcome;
        bool refused;
    } rows[] = {
        {250, OUTCOME_DONE, false},   {251, OUTCOME_DONE, false},   {421, OUTCOME_RETRY, false},
        {450, OUTCOME_RETRY, false},  {451, OUTCOME_RETRY, false},  {452, OUTCOME_RETRY, false},
        {454, OUTCOME_RETRY, false},  {500, OUTCOME_FAILED, false}, {550, OUTCOME_FAILED, false},
        {552, OUTCOME_FAILED, false}, {554, OUTCOME_FAILED, false}, {530, OUTCOME_RETRY, true},
        {534, OUTCOME_RETRY, true},   {535, OUTCOME_RETRY, true},   {538, OUTCOME_RETRY, true},
        {354, OUTCOME_FAILED, false}, {0, OUTCOME_FAILED, false},
    };
    struct prng prng = {1};
    struct verdict verdict;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct carrier_answer answer = {.status = rows[i].status,
                                              .body = SLICE("550 5.1.1 nobody\r\n")};
        carrier_smtp.verdict(DELIVERY_mail, 0, &answer, &prng, &verdict);
        assert_int_equal(verdict.outcome, rows[i].outcome);
        assert_int_equal(verdict.refused, rows[i].refused);
        assert_int_equal(verdict.accepted, rows[i].outcome != OUTCOME_RETRY);
        assert_int_equal(verdict.error[0] == 0, rows[i].outcome == OUTCOME_DONE);
        assert_int_equal(verdict.flood_ms, 0);
        if (rows[i].refused)
            assert_int_equal(verdict.retry_ms, VERDICT_OPERATOR_MS);
        else if (rows[i].outcome == OUTCOME_RETRY)
            assert_in_range(verdict.retry_ms, 1000, 2000);
        /* The server says that it did not take it: a notice may go again. */
        carrier_smtp.verdict(DELIVERY_notice, 0, &answer, &prng, &verdict);
        assert_int_equal(verdict.outcome, rows[i].outcome);
    }
}

static enum error make(struct slice params, struct buf *scratch, struct request *out)
{
    const struct endpoint endpoint = {.url = "smtp://mail.example:587",
                                      .secret = "s3cret",
                                      .user = "club",
                                      .from = "Club <club@example.org>",
                                      .tls = true};
    const struct outgoing call = {7, "mail", params, 1000, 500};
    buf_clear(scratch);
    return carrier_smtp.request(&endpoint, &call, scratch, out);
}

static void a_call_becomes_a_mail(void **state)
{
    (void)state;
    struct request request;
    struct buf scratch;
    buf_init(&scratch, 65536);
    assert_int_equal(make(SLICE("{\"to\":\"ann@example.net\",\"subject\":\"Hi\",\"text\":\"Ann\"}"),
                          &scratch, &request),
                     ERROR_NONE);
    assert_string_equal(request.url, "smtp://mail.example:587");
    assert_string_equal(request.mail.from, "club@example.org");
    assert_string_equal(request.mail.to, "ann@example.net");
    assert_string_equal(request.mail.user, "club");
    assert_string_equal(request.mail.password, "s3cret");
    assert_true(request.mail.tls);
    assert_memory_equal(request.body.data, "Date: Thu, 1 Jan 1970 00:00:01 +0000\r\n", 38);
    assert_memory_equal(request.body.data + request.body.len - 9, "\r\n\r\nAnn\r\n", 9);
    static const char *const wrong[] = {
        "",
        "{}",
        "[]",
        "{\"to\":\"ann@example.net\",\"subject\":\"Hi\"}",
        "{\"to\":[\"ann@example.net\"],\"subject\":\"Hi\",\"text\":\"Ann\"}",
        "{\"to\":\"ann@example.net\\r\\nBcc: x@y\",\"subject\":\"Hi\",\"text\":\"Ann\"}",
        "{\"to\":\"ann@example.net\",\"subject\":\"Hi\\nBcc: x@y\",\"text\":\"Ann\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(make(slice_from(wrong[i]), &scratch, &request), ERROR_INVALID);
    buf_deinit(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reply_decides),
        cmocka_unit_test(a_call_becomes_a_mail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
