#include "config/reader.h"

#include "example.h"

/* A scope over one mapping, without a struct behind it. */
struct fixture {
    struct report report;
    yaml_document_t document;
    struct loader loader;
    struct scope scope;
};

static void start(struct fixture *fixture, const char *yaml)
{
    report_init(&fixture->report, "t");
    assert_true(document_read(slice_from(yaml), &fixture->report, &fixture->document));
    fixture->loader = (struct loader){.report = &fixture->report, .document = &fixture->document};
    fixture->scope = (struct scope){.loader = &fixture->loader,
                                    .section = SECTION_BOT,
                                    .node = yaml_document_get_root_node(&fixture->document),
                                    .line = 7,
                                    .path = "bots[0]"};
}

static void finish(struct fixture *fixture, const char *errors)
{
    struct buf out;
    buf_init(&out, 4096);
    report_print(&fixture->report, &out);
    assert_true(slice_is(buf_slice(&out), errors));
    buf_deinit(&out);
    document_wipe(&fixture->document);
    report_deinit(&fixture->report);
}

static void lookups(void **state)
{
    struct fixture fixture;
    (void)state;
    start(&fixture, "name: x\n\ntoken:\nname: second\n");
    assert_true(scope_given(&fixture.scope, "name"));
    assert_true(scope_given(&fixture.scope, "token"));
    assert_false(scope_given(&fixture.scope, "updates"));
    assert_true(slice_is(reader_raw(scope_value(&fixture.scope, "name")), "x"));
    assert_null(scope_value(&fixture.scope, "nam"));
    assert_true(scope_good(&fixture.scope, "token"));
    fixture.scope.bad = 2; /* the second row of a bot's keys */
    assert_false(scope_good(&fixture.scope, "token"));
    assert_true(scope_good(&fixture.scope, "name"));
    fixture.scope.node = NULL;
    assert_false(scope_given(&fixture.scope, "name"));
    finish(&fixture, "");
}

static void places(void **state)
{
    struct fixture fixture;
    (void)state;
    start(&fixture, "name: x\n\ntoken: y\nlimits:\n  - 1\n  - {a: b,\n     c: d}\n");
    scope_fault(&fixture.scope, "token", "%d", 1);
    scope_fault(&fixture.scope, "updates", "2");
    scope_fault(&fixture.scope, NULL, "3");
    scope_item_fault(&fixture.scope, "limits", 1, "c", "4");
    scope_item_fault(&fixture.scope, "limits", 1, "x", "5");
    scope_item_fault(&fixture.scope, "limits", 0, NULL, "6");
    finish(&fixture, "t:3: bots[0].token: 1\n"
                     "t:7: bots[0].updates: 2\n"
                     "t:7: bots[0]: 3\n"
                     "t:7: bots[0].limits[1].c: 4\n"
                     "t:6: bots[0].limits[1].x: 5\n"
                     "t:5: bots[0].limits[0]: 6\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
