/* Tables of a module with everything that a table may hold. */
#include "tests/unit/ledger/sample.h"

#include "following.h"

static void act(const char *name, int64_t member, uint64_t facts)
{
    char bytes[512];
    struct buf body = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct sample_keep keep = {
        .name = slice_from(name), .telegram_id = member, .facts = facts};
    shape_encode(&body, shape_sample_keep(), &keep);
    now_ms += 1000;
    const struct message message = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {.actor = SLICE("token"),
                                                .who = WHO_OWNER,
                                                .seed = SLICE("0123456789abcdef"),
                                                .body = buf_slice(&body)}};
    assert_int_equal(apply(&message), RESULT_sample_kept);
}

static void rows_aspects_and_facts(void **state)
{
    (void)state;
    walk(100000);
    act("a", 7, 2);
    act("b", 0, 1);
    act("a", 7, 0);
    follow(100000);
    assert_string_equal(ask("SELECT group_concat(hex(row_key) || ' ' || count) FROM (SELECT * FROM "
                            "sample_box ORDER BY row_key)"),
                        "6100 2,6200 1");
    assert_string_equal(ask("SELECT telegram_id || ' ' || number || ' ' || count FROM sample_mark"),
                        "7 0 2");
    /* The fact's own n stands beside the key's. */
    assert_string_equal(ask("SELECT group_concat(n || ' ' || n_ || ' ' || words || ' ' || at) FROM "
                            "(SELECT * FROM fact_sample_happened ORDER BY sequence, n)"),
                        "1 1 a 1767225601000,2 2 a 1767225601000,1 1 b 1767225602000");
}

/* An act is told behind what it did: once, with its address; one that was refused is not. */
static void acts_are_told(void **state)
{
    (void)state;
    walk(100000);
    act("a", 7, 1);
    act("b", 0, 0);
    follow(100000);
    assert_string_equal(
        ask("SELECT group_concat(sequence || ' ' || n || ' ' || actor || ' ' || "
            "role || ' ' || what || ' ' || path || ' ' || member) FROM (SELECT * "
            "FROM fact_audited ORDER BY sequence)"),
        "2 2 token owner sample_keep sample 7,3 1 token owner sample_keep sample 0");
}

/* A walk tells what is there, and news of before are kept as long as nobody has read them. */
static void walked_as_well(void **state)
{
    (void)state;
    act("a", 7, 2);
    walk(1);
    assert_string_equal(ask("SELECT count(*) FROM sample_box"), "1");
    assert_string_equal(ask("SELECT count(*) FROM sample_mark"), "1");
    assert_string_equal(ask("SELECT count(*) FROM fact_sample_happened"), "0");
    follow(1);
    assert_string_equal(ask("SELECT count(*) FROM fact_sample_happened"), "2");
}

static void put_box(const struct record_sample_box *box)
{
    uint8_t value[RECORD_BYTES_MAX];
    struct buf items;
    buf_init(&items, 8192);
    size_t len = record_encode(shape_record_sample_box(), box, value);
    const struct message item = {.kind = MESSAGE_news_item,
                                 .news_item = {.id = shape_record_sample_box()->id,
                                               .key = SLICE("k"),
                                               .value = slice_of(value, len)}};
    wire_encode(&items, &item);
    const struct message_news news = {.walk = 1, .at = SLICE("x"), .items = buf_slice(&items)};
    assert_int_equal(mirror_apply(mirror, &news, NULL), ERROR_NONE);
    buf_deinit(&items);
}

static void columns_by_type(void **state)
{
    (void)state;
    const struct record_sample_box box = {.i64 = -5,
                                          .text = "\xe4\xbd\xa0\xe5\xa5\xbd",
                                          .secret = "hidden",
                                          .list = "one,two",
                                          .flag = 1,
                                          .color = 2,
                                          .amount = -900,
                                          .currency = "USD",
                                          .period = (uint64_t)1 << 32,
                                          .time = 1767225600000};
    put_box(&box);
    assert_string_equal(ask("SELECT i64 || text || list || flag || color || amount || currency || "
                            "period || time FROM sample_box"),
                        "-5\xe4\xbd\xa0\xe5\xa5\xbd[\"one\",\"two\"]1blue-900USD1 month"
                        "1767225600000");
    assert_string_equal(ask("SELECT count(*) FROM pragma_table_info('sample_box') WHERE name IN "
                            "('secret', 'link')"),
                        "0");
    assert_string_equal(ask("SELECT typeof(amount) || typeof(color) || typeof(row_key) FROM "
                            "sample_box"),
                        "integertextblob");
    const struct record_sample_box empty = {.color = 9};
    put_box(&empty);
    assert_string_equal(ask("SELECT coalesce(color, '-') || coalesce(period, '-') || list FROM "
                            "sample_box"),
                        "--[]");
}

/* A field that a shape has got since is a column at the next start. */
static void a_new_column_appears(void **state)
{
    struct database *database;
    (void)state;
    walk(100000);
    act("a", 0, 0);
    follow(100000);
    mirror_close(&mirror);
    assert_int_equal(database_open(path, DATABASE_WRITE, &database, NULL), ERROR_NONE);
    assert_int_equal(database_run(database,
                                  /* Views name tables that this program has not. */
                                  "DROP VIEW paid_stretch; DROP VIEW grant_value;"
                                  "DROP VIEW first_payment; DROP VIEW member_origin;"
                                  "ALTER TABLE sample_box DROP COLUMN amount;"
                                  "ALTER TABLE sample_box DROP COLUMN text;"
                                  "DROP TABLE sample_mark",
                                  NULL),
                     ERROR_NONE);
    database_close(&database);
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_NONE);
    assert_true(mirror_whole(mirror));
    assert_string_equal(ask("SELECT amount || text || '.' FROM sample_box"), "0.");
    act("a", 7, 0);
    follow(100000);
    assert_string_equal(ask("SELECT count(*) FROM sample_mark"), "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_aspects_and_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(acts_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(walked_as_well, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_by_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_column_appears, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
