#include "desk/judgement.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_refusal_is_a_problem_document(void **state)
{
    struct judgement judgement;
    cJSON *root;
    int64_t status;
    (void)state;

    judgement_init(&judgement);
    judgement.wait = true;
    judgement_refuse(&judgement, 401, "unauthorized", "no \"token\"");
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    assert_int_equal(judgement.status, 401);
    assert_string_equal(judgement.reason, "unauthorized");
    assert_string_equal(judgement.content_type, "application/problem+json");
    assert_false(judgement.wait);
    assert_int_equal(json_parse(buf_slice(&judgement.body), 4096, 4, &root, NULL), ERROR_NONE);
    assert_true(json_i64(json_member(root, "status"), &status));
    assert_int_equal(status, 401);
    assert_true(slice_is(json_string(json_member(root, "detail")), "no \"token\""));
    json_free(&root);
    judgement_deinit(&judgement);
}

static void a_command_is_encoded(void **state)
{
    const struct message tick = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = 5}};
    struct judgement judgement;
    struct message message;
    (void)state;

    judgement_init(&judgement);
    buf_append_text(&judgement.body, "ok");
    assert_true(judgement_command(&judgement, &tick, "tick"));
    assert_int_equal(judgement.kind, JUDGEMENT_COMMAND);
    assert_int_equal(wire_decode_one(buf_slice(&judgement.command), &message, NULL), ERROR_NONE);
    assert_int_equal(message.cmd_tick.due_ms, 5);
    assert_true(slice_is(buf_slice(&judgement.body), "ok"));
    judgement_clear(&judgement);
    assert_int_equal(judgement.command.len, 0);
    assert_int_equal(judgement.body.len, 0);
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    judgement_deinit(&judgement);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct judgement judgement;
    char text[300];
    (void)state;

    memset(text, 'x', sizeof(text));
    const struct message message = {.kind = MESSAGE_cmd_settle,
                                    .cmd_settle = {.gateway = SLICE("stripe"),
                                                   .payment_id = slice_of(text, sizeof(text)),
                                                   .plan = SLICE("core")}};
    judgement_init(&judgement);
    assert_false(judgement_command(&judgement, &message, "settle"));
    assert_int_equal(judgement.kind, JUDGEMENT_ANSWER);
    assert_int_equal(judgement.status, 500);
    assert_int_equal(judgement.command.len, 0);
    judgement_deinit(&judgement);
}

/* What is answered at once may be long; what waits for a command is not. */
static void the_answer_of_a_command_is_short(void **state)
{
    struct judgement judgement;
    const struct message tick = {.kind = MESSAGE_cmd_tick, .cmd_tick = {.due_ms = 5}};
    (void)state;

    judgement_init(&judgement);
    for (size_t len = 4095; len <= 4097; len++) {
        judgement_clear(&judgement);
        for (size_t i = 0; i < len; i++)
            buf_append_u8(&judgement.body, 'x');
        assert_false(judgement.body.failed);
        assert_int_equal(judgement_command(&judgement, &tick, "tick"), len <= 4096);
    }
    judgement_deinit(&judgement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_a_problem_document),
        cmocka_unit_test(a_command_is_encoded),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_answer_of_a_command_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
