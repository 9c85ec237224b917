#include "mirror/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static cJSON *document(void)
{
    return cJSON_Parse("{\"report\":\"weekly\",\"sections\":[{\"title\":\"week\",\"rows\":["
                       "{\"group\":\"=evil()\",\"figure\":\"mrr.USD\",\"value\":\"-29.00\"},"
                       "{\"group\":\"a \\\"b\\\"\",\"figure\":\"churn\",\"value\":null},"
                       "{\"group\":\"\",\"figure\":\"paying\",\"value\":3,\"goal\":200,"
                       "\"rows\":\"/api/v1/kpis/paying/rows\"}]}]}");
}

static void write_as(enum sheet_format format, struct buf *out)
{
    struct why why = {""};
    cJSON *made = document();
    buf_init(out, 1024 * 1024);
    assert_non_null(made);
    if (sheet_write(made, format, out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    cJSON_Delete(made);
}

static void formats(void **state)
{
    enum sheet_format format;
    (void)state;
    assert_true(sheet_format_parse("", &format));
    assert_int_equal(format, SHEET_JSON);
    assert_true(sheet_format_parse("xlsx", &format));
    assert_int_equal(format, SHEET_XLSX);
    assert_false(sheet_format_parse("xls", &format));
}

static void csv_has_no_formulas(void **state)
{
    struct buf out;
    (void)state;
    write_as(SHEET_CSV, &out);
    buf_append_u8(&out, 0);
    assert_string_equal(out.data,
                        "section,group,figure,value,goal,rows\r\n"
                        "\"week\",\"'=evil()\",\"mrr.USD\",-29.00,,\r\n"
                        "\"week\",\"a \"\"b\"\"\",\"churn\",,,\r\n"
                        "\"week\",\"\",\"paying\",3,200,\"/api/v1/kpis/paying/rows\"\r\n");
    buf_deinit(&out);
}

static void a_workbook_is_an_archive(void **state)
{
    struct buf out;
    (void)state;
    write_as(SHEET_XLSX, &out);
    assert_true(out.len > 1000);
    assert_memory_equal(out.data, "PK\003\004", 4);
    buf_deinit(&out);
}

static void what_does_not_fit(void **state)
{
    struct buf out;
    struct why why = {""};
    (void)state;
    for (int format = SHEET_JSON; format <= SHEET_XLSX; format++) {
        cJSON *made = document();
        buf_init(&out, 64);
        assert_int_equal(sheet_write(made, (enum sheet_format)format, &out, &why), ERROR_TOO_LARGE);
        buf_deinit(&out);
        cJSON_Delete(made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats), cmocka_unit_test(csv_has_no_formulas),
        cmocka_unit_test(a_workbook_is_an_archive), cmocka_unit_test(what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
