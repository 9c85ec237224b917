#include "cli/doctor/doctor.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct config config;

static void assert_prints(void (*print)(const struct doctor *, struct buf *),
                          const struct doctor *doctor, const char *wanted)
{
    struct buf out;
    buf_init(&out, 65536);
    print(doctor, &out);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    assert_string_equal(out.data, wanted);
    buf_deinit(&out);
}

static void findings_are_a_table(void **state)
{
    struct doctor doctor;
    (void)state;
    assert_int_equal(doctor_init(&doctor, &config), ERROR_NONE);
    assert_prints(doctor_print, &doctor, "nothing is missing\n");
    doctor_say(&doctor, HEALTH_FINE, "disk", "room", NULL, "%d MiB are free", 7);
    doctor_say(&doctor, HEALTH_NOTE, "world", "public_url", "set it", "is not set");
    assert_int_equal(doctor_missing(&doctor), 0);
    doctor_say(&doctor, HEALTH_MISSING, "telegram", "bot main", "mend it", "a \"b\"\n\x1b[2J");
    assert_int_equal(doctor_missing(&doctor), 1);
    assert_prints(doctor_print, &doctor,
                  "fine     disk      room                  7 MiB are free\n"
                  "note     world     public_url            is not set\n"
                  "                   -> set it\n"
                  "MISSING  telegram  bot main              a \"b\"??[2J\n"
                  "                   -> mend it\n"
                  "1 missing\n");
    assert_prints(
        doctor_print_json, &doctor,
        "{\"ok\":false,\"findings\":["
        "{\"health\":\"fine\",\"area\":\"disk\",\"thing\":\"room\",\"found\":\"7 MiB are free\","
        "\"remedy\":null},"
        "{\"health\":\"note\",\"area\":\"world\",\"thing\":\"public_url\",\"found\":\"is not "
        "set\",\"remedy\":\"set it\"},"
        "{\"health\":\"missing\",\"area\":\"telegram\",\"thing\":\"bot main\",\"found\":\"a "
        "\\\"b\\\"??[2J\",\"remedy\":\"mend it\"}]}\n");
    doctor_deinit(&doctor);
}

static void what_is_too_much_is_left_out(void **state)
{
    struct doctor doctor;
    (void)state;
    assert_int_equal(doctor_init(&doctor, &config), ERROR_NONE);
    for (int i = 0; i < DOCTOR_FINDINGS_MAX + 10; i++)
        doctor_say(&doctor, HEALTH_FINE, "disk", "room", NULL, "%d", i);
    assert_int_equal(doctor.count, DOCTOR_FINDINGS_MAX);
    doctor_deinit(&doctor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_are_a_table),
        cmocka_unit_test(what_is_too_much_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
