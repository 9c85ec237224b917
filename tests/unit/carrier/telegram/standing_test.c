#include "carrier/telegram/standing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static enum standing of(const char *chat, const char *member, int64_t *chat_id)
{
    char update[512];
    snprintf(update, sizeof(update),
             "{\"update_id\":1,\"my_chat_member\":{\"chat\":{\"id\":%s},\"new_chat_member\":{%s}}}",
             chat, member);
    return standing_of(slice_from(update), chat_id);
}

static void in_a_group(void **state)
{
    (void)state;
    int64_t chat_id;
    static const struct {
        const char *member;
        enum standing standing;
    } rows[] = {
        {"\"status\":\"kicked\"", STANDING_OUT},
        {"\"status\":\"left\"", STANDING_OUT},
        {"\"status\":\"member\"", STANDING_NO_RIGHTS},
        {"\"status\":\"restricted\"", STANDING_NO_RIGHTS},
        {"\"status\":\"administrator\"", STANDING_NO_RIGHTS},
        {"\"status\":\"administrator\",\"can_invite_users\":true,\"can_restrict_members\":false",
         STANDING_NO_RIGHTS},
        {"\"status\":\"administrator\",\"can_invite_users\":true,\"can_restrict_members\":true",
         STANDING_GOOD},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(of("-1001", rows[i].member, &chat_id), rows[i].standing);
        assert_int_equal(chat_id, -1001);
    }
}

static void elsewhere(void **state)
{
    (void)state;
    int64_t chat_id;
    assert_int_equal(of("77", "\"status\":\"kicked\"", &chat_id), STANDING_NONE);
    assert_int_equal(of("-1", "\"x\":1", &chat_id), STANDING_NONE);
    assert_int_equal(standing_of(SLICE("{\"update_id\":1}"), &chat_id), STANDING_NONE);
    assert_int_equal(standing_of(SLICE("{"), &chat_id), STANDING_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_a_group), cmocka_unit_test(elsewhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
