#include "config/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void in_the_order_of_lines(void **state)
{
    (void)state;
    struct report report;
    struct buf out;
    report_init(&report, "a.yaml");
    buf_init(&out, 4096);
    assert_false(report_failed(&report));
    report_add(&report, 0, 12, "b", "late %d", 1);
    report_add(&report, 0, 3, "", "early");
    report_add(&report, 0, 12, "a", "late 2");
    report_set_other_file(&report, "secrets.env");
    report_add(&report, 1, 40, "", "of the other file");
    assert_true(report_failed(&report));
    report_sort(&report);
    report_print(&report, &out);
    assert_true(slice_is(buf_slice(&out), "secrets.env:40: of the other file\n"
                                          "a.yaml:3: early\n"
                                          "a.yaml:12: b: late 1\n"
                                          "a.yaml:12: a: late 2\n"));
    buf_clear(&out);
    report_print_json(&report, false, &out);
    static const char head[] =
        "[{\"file\":\"secrets.env\",\"line\":40,\"path\":\"\",\"message\":\"of the other file\"},";
    assert_true(out.len > sizeof(head));
    assert_memory_equal(out.data, head, sizeof(head) - 1);
    assert_true(out.data[out.len - 1] == ']');
    buf_deinit(&out);
    report_deinit(&report);
}

static void warnings_are_no_errors(void **state)
{
    (void)state;
    struct report report;
    struct buf out;
    report_init(&report, "a.yaml");
    buf_init(&out, 4096);
    size_t before = report.count;
    report_add(&report, 0, 2, "b", "odd");
    report_warn(&report, before);
    report_warn(&report, report.count);
    assert_false(report_failed(&report));
    report_add(&report, 0, 1, "a", "wrong");
    assert_true(report_failed(&report));
    report_sort(&report);
    report_print(&report, &out);
    assert_true(slice_is(buf_slice(&out), "a.yaml:1: a: wrong\na.yaml:2: warning: b: odd\n"));
    buf_clear(&out);
    report_print_json(&report, true, &out);
    assert_true(slice_is(buf_slice(&out),
                         "[{\"file\":\"a.yaml\",\"line\":2,\"path\":\"b\",\"message\":\"odd\"}]"));
    buf_deinit(&out);
    report_deinit(&report);
}

static void bounded(void **state)
{
    (void)state;
    struct report report;
    struct buf out;
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    report_init(&report, "a.yaml");
    buf_init(&out, 1024 * 1024);
    for (unsigned i = 0; i < REPORT_ITEMS_MAX + 7; i++)
        report_add(&report, 0, i + 1, text, "%s", text);
    assert_int_equal(report.count, REPORT_ITEMS_MAX);
    assert_int_equal(strlen(report.items[0].message), REPORT_MESSAGE_MAX);
    assert_int_equal(strlen(report.items[0].path), REPORT_PATH_MAX);
    report_print(&report, &out);
    assert_false(out.failed);
    const char tail[] = "a.yaml: and 7 errors more\n";
    assert_memory_equal(out.data + out.len - strlen(tail), tail, strlen(tail));
    buf_deinit(&out);
    report_deinit(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_lines),
        cmocka_unit_test(warnings_are_no_errors),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
