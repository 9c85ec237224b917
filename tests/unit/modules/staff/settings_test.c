/* The list `staff`: what it may say, and what of it the ledger knows. */
#include "modules/staff/settings.h"

#include "ledger/access_list.h"
#include "ledger/catalog.h"
#include "tests/unit/config/example.h"

/* Without the ledger's state, whose struct key is another than the configuration's. */
extern const char *const session_ends[];
#define MODULE_DEF  "modules/staff/staff.def"
#define MODULE_SELF MODULE_staff
#include "ledger/declare.h"

static void wrong(const char *staff, const char *errors)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "data_dir: ./var\nstaff: %s", staff);
    expect_errors("data_dir: ./var", text, errors);
}

static void what_the_ledger_knows(void **state)
{
    static char bytes[65536];
    struct buf rows = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct catalog *catalog;
    struct staff_member row;
    size_t at = 0;
    (void)state;
    struct config *config =
        parse_example("data_dir: ./var",
                      "data_dir: ./var\nstaff: [{telegram_id: 4503599627370495, role: owner, name: "
                      "Ann}, {telegram_id: 2, role: viewer, token: \"sixteen-letters-\"}]");
    config_catalog(config, &rows);
    assert_int_equal(catalog_parse(buf_slice(&rows), &catalog), ERROR_NONE);
    assert_true(catalog_row(catalog, shape_staff_member(), &at, &row));
    assert_int_equal(row.telegram_id, 4503599627370495);
    assert_string_equal(access_roles[row.role], "owner");
    assert_true(slice_is(row.name, "Ann"));
    assert_int_equal(row.token.len, 0);
    assert_true(catalog_row(catalog, shape_staff_member(), &at, &row));
    assert_string_equal(access_roles[row.role], "viewer");
    /* The hash alone. */
    assert_true(
        slice_is(row.token, "b91f786cc5c8c59cfb62e65b7ddc67ed36ba0624282a5ed6801af93f695df6e3"));
    assert_null(memmem(bytes, rows.len, "sixteen-letters-", 16));
    assert_false(catalog_row(catalog, shape_staff_member(), &at, &row));
    catalog_destroy(&catalog);
    config_destroy(&config);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    wrong("[{role: owner}]", ":2: staff[0].telegram_id: is missing; expected a person's number at "
                             "Telegram, such as 1001");
    wrong(
        "[{telegram_id: 1, role: king}]",
        ":2: staff[0].role: \"king\" is not valid; expected owner, finance, support, moderator or "
        "viewer");
    wrong("[{telegram_id: -1, role: owner}]",
          ":2: staff[0].telegram_id: \"-1\" is not valid; "
          "expected a person's number at Telegram, such as 1001");
    wrong("[{telegram_id: 4503599627370496, role: owner}]",
          ":2: staff[0].telegram_id: \"4503599627370496\" is not valid; expected a person's number "
          "at Telegram, such as 1001");
    wrong("[{telegram_id: 1, role: owner}, {telegram_id: 1, role: viewer}]",
          ":2: staff[1].telegram_id: stands in staff[0] already; one person has one role");
    wrong("[{telegram_id: 1, role: owner, token: \"sixteen-letters-\"}, {telegram_id: 2, role: "
          "viewer, token: \"sixteen-letters-\"}]",
          ":2: staff[1].token: is the same as that of staff[0]; give each person a token of their "
          "own");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_ledger_knows),
                                       cmocka_unit_test(what_is_wrong_is_said)};
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
