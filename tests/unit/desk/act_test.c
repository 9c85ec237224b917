#include "desk/act.h"

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void fields_become_a_command(void **state)
{
    (void)state;
    struct message act;
    struct buf out;
    const struct act_field fields[] = {{"from", SLICE("2026-01-05T00:00:00Z")},
                                       {"text", SLICE("paying: 3")},
                                       {"below", SLICE("1")}};
    buf_init(&out, 8192);
    assert_true(act_command("figures_tell", fields, 3, &out));
    assert_int_equal(wire_decode_one(buf_slice(&out), &act, NULL), ERROR_NONE);
    assert_int_equal(act.kind, MESSAGE_cmd_act);
    assert_non_null(memmem(act.cmd_act.body.data, act.cmd_act.body.len, "paying: 3", 9));
    assert_int_equal(act.cmd_act.seed.len, 16);
    buf_deinit(&out);
}

static void what_does_not_fit(void **state)
{
    (void)state;
    struct buf out;
    const struct act_field field = {"from", SLICE("yesterday")};
    buf_init(&out, 8192);
    assert_false(act_command("figures_tell", &field, 1, &out));
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_become_a_command),
                                       cmocka_unit_test(what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
