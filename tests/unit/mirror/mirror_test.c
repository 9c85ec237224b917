#include "following.h"

#include "ledger/records.h"

static void walks_then_follows(void **state)
{
    (void)state;
    for (int64_t member = 1; member <= 50; member++)
        pay(member);
    walk(200); /* many pages */
    assert_false(mirror_whole(mirror));
    follow(200);
    assert_true(mirror_whole(mirror));
    assert_string_equal(ask("SELECT count(*) || ' ' || sum(amount) FROM payment"), "50 45000");
    assert_string_equal(ask("SELECT count(*) FROM member"), "50");
    assert_string_equal(ask("SELECT count(*) FROM entitlement WHERE status = 'active'"), "50");
    pay(51);
    follow(1);
    assert_string_equal(ask("SELECT count(*) FROM payment"), "51");
    assert_string_equal(ask("SELECT position FROM mirror"), "52");
    assert_string_equal(ask("SELECT at_ms FROM mirror"), "1767225651000");
    assert_string_equal(ask("SELECT gateway || payment_id || kind || state || currency || plan"
                            " FROM payment WHERE telegram_id = 51"),
                        "gp51paidgrantedUSDall");
}

/* Facts that are no news any more come of segments, before the walk; what a walk begins behind, the
 * news tell again. */
static void history_comes_first(void **state)
{
    struct buf items;
    uint64_t upto;
    (void)state;
    buf_init(&items, 65536);
    for (int64_t member = 1; member <= 3; member++)
        pay(member);
    assert_int_equal(ledger_news_facts(ledger, 1, 65536, &items, &upto), ERROR_NONE);
    const struct message read = {.kind = MESSAGE_cmd_news_read,
                                 .cmd_news_read = {SLICE("mirror"), 3}};
    assert_int_equal(apply(&read), RESULT_ok);
    for (int turn = 0; turn < 2; turn++) /* whoever is told twice has it once */
        assert_int_equal(mirror_gather(mirror, buf_slice(&items), NULL), ERROR_NONE);
    assert_false(mirror_walked(mirror));
    assert_string_equal(ask("SELECT group_concat(sequence) FROM fact_paid"), "2,3,4");
    assert_string_equal(ask("SELECT count(*) FROM mirror"), "0");
    pay(4);
    walk(100000);
    follow(100000);
    assert_true(mirror_whole(mirror));
    assert_string_equal(ask("SELECT group_concat(sequence) FROM fact_paid"), "2,3,4,6");
    assert_string_equal(ask("SELECT count(*) FROM payment"), "4");

    items.len -= 1; /* half of one: none */
    mirror_close(&mirror);
    assert_int_equal(mirror_remove(path, NULL), ERROR_NONE);
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_NONE);
    assert_int_equal(mirror_gather(mirror, buf_slice(&items), NULL), ERROR_INVALID);
    assert_string_equal(ask("SELECT count(*) FROM fact_paid"), "0");
    buf_deinit(&items);
}

/* A batch may be larger than an answer: it is cut, and nothing is left out. */
static void cuts_between_commands(void **state)
{
    uint64_t upto = 0, steps = 0;
    (void)state;
    struct effects effects = {0};
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    for (int64_t member = 1; member <= 300; member++) {
        char bytes[512], id[32];
        struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        unsigned result;
        snprintf(id, sizeof id, "p%lld", (long long)member);
        const struct message message = {.kind = MESSAGE_cmd_payment,
                                        .cmd_payment = {.gateway = SLICE("g"),
                                                        .event_id = slice_from(id),
                                                        .payment_id = slice_from(id),
                                                        .kind = PAYMENT_PAID,
                                                        .telegram_id = member,
                                                        .plan = SLICE("all"),
                                                        .order_id = SLICE(""),
                                                        .amount = 900,
                                                        .currency = SLICE("USD")}};
        wire_encode(&command, &message);
        assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms,
                                      buf_slice(&command), &result, &effects),
                         ERROR_NONE);
    }
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    free(effects.items);
    walk(1000000);
    while (mirror_position(mirror) < ledger_applied(ledger)) {
        struct buf items;
        buf_init(&items, 65536);
        assert_int_equal(ledger_news(ledger, mirror_position(mirror), 4096, &items, &upto),
                         ERROR_NONE);
        assert_true(items.len < 8192);
        buf_deinit(&items);
        assert_int_equal(step(false, NULL, 4096), ERROR_NONE);
        assert_true(mirror_position(mirror) == upto);
        steps++;
    }
    assert_true(steps > 10);
    assert_string_equal(ask("SELECT count(*) FROM payment"), "300");
}

static void goes_on_where_it_was(void **state)
{
    (void)state;
    walk(1000);
    pay(1);
    follow(100000);
    mirror_close(&mirror);
    pay(2);
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_NONE);
    assert_true(mirror_whole(mirror));
    assert_int_equal(mirror_position(mirror), 2);
    follow(100000);
    assert_string_equal(ask("SELECT count(*) FROM member"), "2");
}

/* What a person no longer has goes with the next word of them. */
static void a_person_is_told_whole(void **state)
{
    (void)state;
    walk(1000);
    pay(1);
    follow(100000);
    struct database *database;
    assert_int_equal(database_open(path, DATABASE_WRITE, &database, NULL), ERROR_NONE);
    assert_int_equal(database_run(database,
                                  "INSERT INTO entitlement(telegram_id, plan) VALUES (1, 'old');"
                                  "INSERT INTO place(telegram_id, \"group\") VALUES (1, 'old');"
                                  "INSERT INTO entitlement(telegram_id, plan) VALUES (2, 'old')",
                                  NULL),
                     ERROR_NONE);
    database_close(&database);
    assert_int_equal(pay_for("again", 1, "all"), RESULT_granted);
    follow(100000);
    assert_string_equal(
        ask("SELECT group_concat(p) FROM (SELECT telegram_id || plan AS p FROM entitlement"
            " ORDER BY p)"),
        "1all,2old");
    assert_string_equal(ask("SELECT count(*) FROM place WHERE \"group\" = 'old'"), "0");
}

static void gone_records_go(void **state)
{
    struct buf items;
    (void)state;
    walk(1000);
    pay(1);
    follow(100000);
    buf_init(&items, 65536);
    const struct message gone[] = {
        {.kind = MESSAGE_news_item,
         .news_item = {.id = shape_record_member()->id, .telegram_id = 1, .gone = 1}},
        {.kind = MESSAGE_news_item,
         .news_item = {.id = shape_record_payment()->id, .number = 2, .gone = 1}},
        {.kind = MESSAGE_news_item, .news_item = {.id = 0x7f01, .value = SLICE("?")}}, /* unknown */
    };
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++)
        wire_encode(&items, &gone[i]);
    const struct message_news news = {.after = 2, .upto = 3, .items = buf_slice(&items)};
    assert_int_equal(mirror_apply(mirror, &news, NULL), ERROR_NONE);
    buf_deinit(&items);
    assert_string_equal(ask("SELECT (SELECT count(*) FROM member) || (SELECT count(*) FROM payment)"
                            " || (SELECT count(*) FROM entitlement)"),
                        "000");
}

/* All of an answer or nothing. */
static void exactly_once(void **state)
{
    struct buf items;
    (void)state;
    walk(1000);
    pay(1);
    buf_init(&items, 65536);
    uint64_t upto;
    assert_int_equal(ledger_news(ledger, 1, 65536, &items, &upto), ERROR_NONE);
    const struct message bad = {
        .kind = MESSAGE_news_item,
        .news_item = {.id = shape_record_payment()->id, .number = 9, .value = SLICE("\xff")}};
    wire_encode(&items, &bad);
    struct message_news news = {.after = mirror_position(mirror), .upto = 2};
    news.items = buf_slice(&items);
    assert_int_equal(mirror_apply(mirror, &news, NULL), ERROR_INVALID);
    assert_string_equal(ask("SELECT count(*) FROM payment"), "0");
    assert_true(mirror_position(mirror) < 2);
    buf_deinit(&items);
    follow(100000);
    assert_string_equal(ask("SELECT count(*) FROM payment"), "1");
}

static void why_and_reason_are_names(void **state)
{
    (void)state;
    walk(1000);
    assert_int_equal(pay_for("p", 1, "nothing"), RESULT_unsettled_no_plan);
    follow(100000);
    assert_string_equal(ask("SELECT state || ' ' || reason FROM payment"),
                        "unsettled unsettled_no_plan");
}

/* Since when the ledger keeps what it tells: after it was not read, and after it has let go. */
static void the_ledger_says_what_is_lost(void **state)
{
    struct buf items;
    uint64_t upto, since;
    (void)state;
    buf_init(&items, 65536);
    assert_int_equal(ledger_news_since(ledger, &since), ERROR_NONE);
    assert_int_equal(since, 1);
    pay(1);
    pay(2);
    const struct message read = {.kind = MESSAGE_cmd_news_read,
                                 .cmd_news_read = {SLICE("mirror"), 2}};
    assert_int_equal(apply(&read), RESULT_ok);
    assert_int_equal(ledger_news_since(ledger, &since), ERROR_NONE);
    assert_int_equal(since, 2);
    assert_int_equal(ledger_news(ledger, 1, 65536, &items, &upto), ERROR_NOT_FOUND);
    configure("");
    assert_int_equal(ledger_news_since(ledger, &since), ERROR_NONE);
    assert_true(since == UINT64_MAX);
    pay(3);
    configure("mirror");
    assert_int_equal(ledger_news_since(ledger, &since), ERROR_NONE);
    assert_int_equal(since, ledger_applied(ledger));
    buf_deinit(&items);
}

static void damage_is_seen(void **state)
{
    struct why why = {""};
    (void)state;
    mirror_close(&mirror);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fwrite("rubbish rubbish rubbish", 1, 23, file), 23);
    fclose(file);
    assert_int_equal(mirror_open(path, &mirror, &why), ERROR_CORRUPT);
    assert_int_equal(mirror_set_aside(path, NULL), ERROR_NONE);
    assert_int_equal(mirror_open(path, &mirror, &why), ERROR_NONE);
    assert_int_equal(mirror_position(mirror), 0);
}

static void another_database_is_left_alone(void **state)
{
    struct database *database;
    (void)state;
    mirror_close(&mirror);
    assert_int_equal(mirror_remove(path, NULL), ERROR_NONE);
    assert_int_equal(database_open(path, DATABASE_WRITE, &database, NULL), ERROR_NONE);
    assert_int_equal(database_run(database, "CREATE TABLE mine (x)", NULL), ERROR_NONE);
    database_close(&database);
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_EXISTS);
    assert_string_equal(ask("SELECT count(*) FROM mine"), "0");
}

static void another_layout_is_told(void **state)
{
    struct database *database;
    (void)state;
    mirror_close(&mirror);
    assert_int_equal(database_open(path, DATABASE_WRITE, &database, NULL), ERROR_NONE);
    assert_int_equal(database_run(database, "PRAGMA user_version = 99", NULL), ERROR_NONE);
    database_close(&database);
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(walks_then_follows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(history_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_between_commands, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_person_is_told_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gone_records_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exactly_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(why_and_reason_are_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_ledger_says_what_is_lost, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damage_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_database_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_layout_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
