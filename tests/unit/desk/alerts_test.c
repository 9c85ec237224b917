#include "desk/alerts.h"

#include "wire/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static void a_sentence_becomes_a_command(void **state)
{
    (void)state;
    struct message act, inner;
    struct buf out;
    char printed[512];
    buf_init(&out, 8192);
    assert_true(alerts_command(SLICE("disk_low free_mib=1\nmake room"), &out));
    assert_int_equal(wire_decode_one(buf_slice(&out), &act, NULL), ERROR_NONE);
    assert_int_equal(act.kind, MESSAGE_cmd_act);
    assert_true(slice_is(act.cmd_act.actor, "usher"));
    assert_int_equal(wire_decode_one(act.cmd_act.body, &inner, NULL), ERROR_NONE);
    assert_true(message_is_command(inner.kind));
    snprintf(printed, sizeof(printed), "%.*s", SLICE_ARG(act.cmd_act.body));
    assert_non_null(memmem(act.cmd_act.body.data, act.cmd_act.body.len, "make room", 9));
    buf_deinit(&out);
}

static void what_is_too_long(void **state)
{
    (void)state;
    static char text[2000];
    struct buf out;
    memset(text, 'x', sizeof(text));
    buf_init(&out, 8192);
    assert_false(alerts_command(slice_of(text, sizeof(text)), &out));
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sentence_becomes_a_command),
                                       cmocka_unit_test(what_is_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
