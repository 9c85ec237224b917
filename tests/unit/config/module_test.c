/* Keys that modules have: in the file's root, and below another module's key. */
#include "config/module.h"

#include "example.h"

static void keys_of_modules_are_known_where_they_stand(void **state)
{
    (void)state;
    assert_true(modules_know("", SLICE("points")));
    assert_false(modules_know("points", SLICE("points")));
    assert_false(modules_know("", SLICE("expiry")));
    expect_errors("http:", "points: {}\nhttp:", "");
    expect_errors("http:", "points: {scope: community, expiry: {after: 12 months}}\nhttp:", "");
    expect_errors("http:", "points: [1]\nhttp:",
                  ":2: points: is not a mapping; expected a mapping with the keys of points");
    expect_errors("http:", "points: {expiri: {}}\nhttp:",
                  ":2: points.expiri: is not a key of points; did you mean \"expiry\"?");
    expect_errors("http:", "points: {expiry: {after: 11 years}}\nhttp:",
                  ":2: points.expiry.after: is too long; expected at most ten years");
    expect_errors("http:", "points: {cap: {day: 0}}\nhttp:",
                  ":2: points.cap.day: \"0\" is not valid; expected a whole number from 1 to "
                  "1000000000");
}

static void a_module_has_keys_below_another_s(void **state)
{
    (void)state;
    assert_true(modules_know("points", SLICE("checkin")));
    assert_false(modules_know("", SLICE("checkin")));
    expect_errors("http:",
                  "points: {checkin: {base: 10, step: 2, step_max: 6, milestones: {7: 20, 30: 100, "
                  "100: 500}, repair: {cost: 50, per_month: 2, within: 3d}}}\nhttp:",
                  "");
    expect_errors("http:", "points: {checkin: {step: 2}}\nhttp:",
                  ":2: points.checkin.base: is missing; expected a whole number from 1 to 1000000");
    expect_errors("http:", "points: {checkin: {base: 1, bass: 2}}\nhttp:",
                  ":2: points.checkin.bass: is not a key of a check-in; did you mean \"base\"?");
    expect_errors("http:", "checkin: {base: 1}\nhttp:",
                  ":2: checkin: is not a key of the configuration; expected one of data_dir, http, "
                  "admin, community, bots, lanes, groups, plans, gateways, reconcile, topology, "
                  "journal, "
                  "legal, test_clock, mirror, log, metrics, alerts, webhooks, "
                  "orders, points, support, renewal, staff, figures");
}

static void a_mapping_of_numbers(void **state)
{
    (void)state;
    expect_errors(
        "http:", "points: {checkin: {base: 1, milestones: {0: 1, x: 2, 3: y, 4: 0}}}\nhttp:",
        ":2: points.checkin.milestones.0: is no whole number; expected 1 to 1000000000\n"
        ":2: points.checkin.milestones.x: is no whole number; expected 1 to 1000000000\n"
        ":2: points.checkin.milestones.3: \"y\" is not valid; expected a whole number "
        "from 1 to 1000000000\n"
        ":2: points.checkin.milestones.4: \"0\" is not valid; expected a whole number "
        "from 1 to 1000000000");
    expect_errors("http:", "points: {checkin: {base: 1, milestones: [7]}}\nhttp:",
                  ":2: points.checkin.milestones: is not a mapping; expected a mapping of numbers "
                  "to numbers, such as \"7: 20\"");
    expect_errors("http:", "points: {checkin: {base: 1, milestones: {7: 1, 7: 2}}}\nhttp:",
                  ":2: points.checkin.milestones.7: is there twice, first in line 2; expected it "
                  "once");
}

/* Rows of the catalog only where something is said. */
static void a_section_becomes_rows(void **state)
{
    (void)state;
    static const char *const sections[] = {
        "http:", "points: {scope: community}\nhttp:", "points: {cap: {day: 5}}\nhttp:"};
    size_t lengths[3];
    for (size_t i = 0; i < 3; i++) {
        struct config *config = parse_example("http:", sections[i]);
        struct buf rows;
        buf_init(&rows, 65536);
        modules_catalog(config, &rows);
        lengths[i] = rows.len;
        buf_deinit(&rows);
        config_destroy(&config);
    }
    assert_int_equal(lengths[0], lengths[1]);
    assert_true(lengths[2] > lengths[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_modules_are_known_where_they_stand),
        cmocka_unit_test(a_section_becomes_rows),
        cmocka_unit_test(a_module_has_keys_below_another_s),
        cmocka_unit_test(a_mapping_of_numbers),
    };
    return cmocka_run_group_tests_name("module", tests, example_environment, NULL);
}
