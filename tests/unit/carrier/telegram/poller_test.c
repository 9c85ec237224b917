#include "carrier/telegram/poller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct slice updates[POLLER_BATCH];
static uint64_t ids[POLLER_BATCH];
static size_t count;

/* What the poller asks for at now_ms, as text; "wait" or "deleteWebhook" for the others. */
static const char *asks(struct poller *poller, uint64_t now_ms)
{
    static char text[512];
    struct buf params;
    buf_init(&params, sizeof text - 1);
    enum poller_action action = poller_next(poller, now_ms, &params);
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&params)));
    buf_deinit(&params);
    switch (action) {
    case POLLER_WAIT:
        return "wait";
    case POLLER_DELETE_WEBHOOK:
        return "deleteWebhook";
    case POLLER_GET_UPDATES:
        break;
    }
    return text;
}

static enum error answer(struct poller *poller, uint64_t now_ms, unsigned status, const char *body)
{
    return poller_answered(poller, now_ms, true, status, slice_from(body), updates, ids,
                           POLLER_BATCH, &count);
}

#define ALLOWED                                                                                    \
    "\"allowed_updates\":[\"message\",\"callback_query\",\"chat_join_request\",\"chat_member\","   \
    "\"my_chat_member\",\"pre_checkout_query\"]}"
static const char two[] = "{\"ok\":true,\"result\":[{\"update_id\":11},{\"update_id\":12}]}";
static const char none[] = "{\"ok\":true,\"result\":[]}";

static void confirms_only_what_is_durable(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    assert_int_equal(poller_timeout_ms(&poller, 1000), 0);
    assert_string_equal(asks(&poller, 1000), "{\"limit\":100,\"timeout\":50," ALLOWED);
    assert_string_equal(asks(&poller, 1001), "wait");
    assert_int_equal(poller_timeout_ms(&poller, 1001), -1);
    assert_int_equal(answer(&poller, 2000, 200, two), ERROR_NONE);
    assert_true(poller.reachable);
    assert_int_equal(count, 2);
    assert_int_equal(ids[1], 12);
    assert_true(slice_is(updates[0], "{\"update_id\":11}"));
    assert_string_equal(asks(&poller, 2000), "wait");
    assert_int_equal(poller_timeout_ms(&poller, 2000), -1);
    poller_settled(&poller, 2001, true);
    assert_string_equal(asks(&poller, 2001), "wait");
    poller_settled(&poller, 2002, true);
    assert_string_equal(asks(&poller, 2002),
                        "{\"offset\":13,\"limit\":100,\"timeout\":50," ALLOWED);
}

static void what_was_refused_is_fetched_again(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 1000);
    answer(&poller, 2000, 200, two);
    poller_settled(&poller, 2001, false);
    poller_settled(&poller, 2002, true);
    assert_string_equal(asks(&poller, 2003), "wait");
    assert_int_equal(poller_timeout_ms(&poller, 2003), 999);
    assert_string_equal(asks(&poller, 3002), "{\"limit\":100,\"timeout\":50," ALLOWED);
    answer(&poller, 3100, 200, two);
    poller_settled(&poller, 3101, true);
    poller_settled(&poller, 3102, true);
    assert_int_equal(poller.offset, 13);
}

static void ids_may_start_anew_below_the_offset(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    poller.offset = 500;
    asks(&poller, 1000);
    answer(&poller, 2000, 200, two);
    poller_settled(&poller, 2001, true);
    poller_settled(&poller, 2001, true);
    assert_int_equal(poller.offset, 13);
}

static void an_empty_answer_that_comes_at_once_is_no_tight_loop(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 1000);
    assert_int_equal(answer(&poller, 1010, 200, none), ERROR_NONE);
    assert_int_equal(poller_timeout_ms(&poller, 1010), 990);
    assert_string_not_equal(asks(&poller, 2000), "wait");
    answer(&poller, 52000, 200, none);
    assert_int_equal(poller_timeout_ms(&poller, 52000), 0);
}

static void failures_back_off_up_to_a_cap_and_ask_for_less(void **state)
{
    (void)state;
    static const long waits[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000};
    static const char *const limits[] = {"{\"limit\":100,", "{\"limit\":50,", "{\"limit\":25,",
                                         "{\"limit\":12,",  "{\"limit\":6,",  "{\"limit\":3,",
                                         "{\"limit\":1,",   "{\"limit\":1,",  "{\"limit\":1,"};
    struct poller poller;
    poller_init(&poller);
    uint64_t now_ms = 5;
    for (size_t i = 0; i < 9; i++) {
        assert_memory_equal(asks(&poller, now_ms), limits[i], strlen(limits[i]));
        enum error error;
        if (i % 2)
            error = answer(&poller, now_ms, 502, "<html>");
        else
            error = poller_answered(&poller, now_ms, false, 0, SLICE(""), updates, ids,
                                    POLLER_BATCH, &count);
        assert_int_equal(error, ERROR_IO);
        assert_int_equal(count, 0);
        assert_false(poller.reachable);
        assert_int_equal(poller_timeout_ms(&poller, now_ms), waits[i]);
        now_ms += (uint64_t)waits[i];
    }
    asks(&poller, now_ms);
    answer(&poller, now_ms + 2000, 200, none);
    assert_true(poller.reachable);
    assert_memory_equal(asks(&poller, now_ms + 2000), limits[0], strlen(limits[0]));
}

static void a_200_that_holds_no_updates_is_a_failure(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 1000);
    assert_int_equal(answer(&poller, 1000, 200, "{\"ok\":true}"), ERROR_IO);
    assert_int_equal(poller_timeout_ms(&poller, 1000), 1000);
    assert_int_equal(poller.offset, 0);
}

static void a_wrong_token_is_tried_once_a_minute(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    static const unsigned codes[] = {401, 404};
    uint64_t now_ms = 0;
    for (size_t i = 0; i < 2; i++) {
        asks(&poller, now_ms);
        answer(&poller, now_ms, codes[i], "{\"ok\":false,\"description\":\"Unauthorized\"}");
        assert_true(poller.unauthorized);
        assert_int_equal(poller_timeout_ms(&poller, now_ms), 60000);
        now_ms += 60000;
    }
    asks(&poller, now_ms);
    answer(&poller, now_ms + 5000, 200, none);
    assert_false(poller.unauthorized);
}

static void a_429_is_waited_out(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 0);
    answer(&poller, 0, 429,
           "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":60}}");
    assert_int_equal(poller_timeout_ms(&poller, 0), 61000);
    assert_string_equal(asks(&poller, 60000), "wait");
}

static const char webhook[] =
    "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: can't use getUpdates method "
    "while webhook is active; use deleteWebhook to delete the webhook first\"}";

static void a_webhook_is_deleted_once(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 0);
    answer(&poller, 0, 409, webhook);
    assert_string_equal(asks(&poller, 0), "deleteWebhook");
    assert_int_equal(poller_timeout_ms(&poller, 0), -1);
    poller_webhook_deleted(&poller, 10, true);
    assert_string_not_equal(asks(&poller, 10), "wait");
    /* Somebody has set it again: no war. */
    answer(&poller, 20, 409, webhook);
    assert_true(poller.conflict);
    assert_int_equal(poller_timeout_ms(&poller, 20), 10000);
    assert_memory_equal(asks(&poller, 10020), "{\"limit\"", 8);
    answer(&poller, 20000, 200, none);
    assert_false(poller.conflict);
    /* After a good answer it may be deleted again. */
    asks(&poller, 21000);
    answer(&poller, 21000, 409, webhook);
    assert_string_equal(asks(&poller, 21000), "deleteWebhook");
    poller_webhook_deleted(&poller, 21000, false);
    assert_int_equal(poller_timeout_ms(&poller, 21000), 10000);
}

static void another_poller_is_shown_and_outwaited(void **state)
{
    (void)state;
    struct poller poller;
    poller_init(&poller);
    asks(&poller, 0);
    answer(&poller, 0, 409,
           "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: terminated by other "
           "getUpdates request; make sure that only one bot instance is running\"}");
    assert_true(poller.conflict);
    assert_false(poller.delete_webhook);
    assert_int_equal(poller_timeout_ms(&poller, 0), 10000);
}

static void a_webhook_of_somebody_else_may_stay(void **state)
{
    (void)state;
    static const char active[] =
        "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict: can't use getUpdates method "
        "while webhook is active; use deleteWebhook to delete the webhook first\"}";
    struct poller poller;
    poller_init(&poller);
    poller.keeps_webhook = true;
    asks(&poller, 1000);
    assert_int_equal(answer(&poller, 1100, 409, active), ERROR_IO);
    assert_true(poller.hooked);
    assert_int_equal(poller_timeout_ms(&poller, 1100), 60000);
    assert_string_not_equal(asks(&poller, 61100), "deleteWebhook");
    answer(&poller, 61200, 200, none);
    assert_false(poller.hooked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confirms_only_what_is_durable),
        cmocka_unit_test(what_was_refused_is_fetched_again),
        cmocka_unit_test(ids_may_start_anew_below_the_offset),
        cmocka_unit_test(a_webhook_of_somebody_else_may_stay),
        cmocka_unit_test(an_empty_answer_that_comes_at_once_is_no_tight_loop),
        cmocka_unit_test(failures_back_off_up_to_a_cap_and_ask_for_less),
        cmocka_unit_test(a_200_that_holds_no_updates_is_a_failure),
        cmocka_unit_test(a_wrong_token_is_tried_once_a_minute),
        cmocka_unit_test(a_429_is_waited_out),
        cmocka_unit_test(a_webhook_is_deleted_once),
        cmocka_unit_test(another_poller_is_shown_and_outwaited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
