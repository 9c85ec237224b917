/* A ledger in memory whose news a mirror in a temporary folder follows. */
#ifndef TESTS_UNIT_MIRROR_FOLLOWING_H
#define TESTS_UNIT_MIRROR_FOLLOWING_H

#include "ledger/ledger.h"
#include "mirror/database.h"
#include "mirror/mirror.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { CHAT = -1001, HOUR_MS = 3600000 };

static struct store *store;
static struct ledger *ledger;
static struct mirror *mirror;
static uint64_t now_ms;
static char folder[64], path[80];

static unsigned apply(const struct message *message)
{
    char bytes[4096];
    struct buf command = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct effects effects = {0};
    unsigned result = RESULT_COUNT;
    wire_encode(&command, message);
    assert_false(command.failed);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, buf_slice(&command),
                                  &result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    free(effects.items);
    return result;
}

static void configure(const char *readers)
{
    const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {SLICE("Club"), SLICE("UTC"), 0, 20, slice_from(readers)}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {SLICE("room"), SLICE("main"), CHAT, INVITE_JOIN_REQUEST, HOUR_MS}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {SLICE("all"), 0, 0}},
        {.kind = MESSAGE_catalog_plan_group, .catalog_plan_group = {SLICE("all"), SLICE("room")}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("all"), 900, SLICE("USD"), 1, 0}},
    };
    char bytes[2048];
    struct buf catalog = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        wire_encode(&catalog, &rows[i]);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {SLICE("0123456789abcdef0123456789abcdef"), buf_slice(&catalog)}};
    assert_int_equal(apply(&message), RESULT_ok);
}

static unsigned pay_for(const char *id, int64_t member, const char *plan)
{
    now_ms += 1000;
    const struct message message = {.kind = MESSAGE_cmd_payment,
                                    .cmd_payment = {.gateway = SLICE("g"),
                                                    .event_id = slice_from(id),
                                                    .payment_id = slice_from(id),
                                                    .kind = PAYMENT_PAID,
                                                    .telegram_id = member,
                                                    .plan = slice_from(plan),
                                                    .order_id = SLICE(""),
                                                    .amount = 900,
                                                    .currency = SLICE("USD")}};
    return apply(&message);
}

static __attribute__((unused)) void pay(int64_t member)
{
    char id[32];
    snprintf(id, sizeof id, "p%lld", (long long)member);
    assert_int_equal(pay_for(id, member, "all"), RESULT_granted);
}

/* Asks and takes in, once. */
static enum error step(bool walk, struct buf *place, size_t bytes_max)
{
    struct buf items;
    struct why why = {""};
    buf_init(&items, 8 * 1024 * 1024);
    struct message_news news = {.walk = walk, .after = mirror_position(mirror)};
    news.upto = ledger_applied(ledger);
    if (walk)
        assert_int_equal(ledger_walk(ledger, place, bytes_max, &items), ERROR_NONE);
    else
        assert_int_equal(ledger_news(ledger, news.after, bytes_max, &items, &news.upto),
                         ERROR_NONE);
    news.items = buf_slice(&items);
    news.at = walk ? buf_slice(place) : SLICE("");
    news.now_ms = news.upto == ledger_applied(ledger) ? now_ms : 0;
    enum error error = mirror_apply(mirror, &news, &why);
    if (error != ERROR_NONE)
        print_message("%s\n", why.text);
    buf_deinit(&items);
    return error;
}

static __attribute__((unused)) void follow(size_t bytes_max)
{
    while (mirror_position(mirror) < ledger_applied(ledger))
        assert_int_equal(step(false, NULL, bytes_max), ERROR_NONE);
}

static __attribute__((unused)) void walk(size_t bytes_max)
{
    struct buf place;
    uint64_t since;
    buf_init(&place, 640);
    assert_int_equal(ledger_news_since(ledger, &since), ERROR_NONE);
    assert_int_equal(mirror_begin(mirror, since, NULL), ERROR_NONE);
    do
        assert_int_equal(step(true, &place, bytes_max), ERROR_NONE);
    while (place.len > 0);
    assert_true(mirror_walked(mirror));
    buf_deinit(&place);
}

/* The first column of the first row, as text in a buffer of its own. */
static __attribute__((unused)) const char *ask(const char *sql)
{
    static char out[4][512];
    static size_t n;
    struct database *database;
    struct why why = {""};
    sqlite3_stmt *statement = NULL;
    enum error error;
    char *text = out[n++ % 4];
    assert_int_equal(database_open(path, DATABASE_READ, &database, &why), ERROR_NONE);
    if (database_prepare(database, sql, &statement, &why) != ERROR_NONE)
        fail_msg("%s: %s", sql, why.text);
    text[0] = '\0';
    if (database_step(database, statement, &error, &why))
        snprintf(text, 512, "%s", (const char *)sqlite3_column_text(statement, 0));
    assert_int_equal(error, ERROR_NONE);
    sqlite3_finalize(statement);
    database_close(&database);
    return text;
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1767225600000;
    snprintf(folder, sizeof folder, "/tmp/usher-mirror-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/mirror.db", folder);
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    configure("mirror");
    assert_int_equal(mirror_open(path, &mirror, NULL), ERROR_NONE);
    return 0;
}

static int tear_down(void **state)
{
    char damaged[96];
    (void)state;
    mirror_close(&mirror);
    mirror_remove(path, NULL);
    snprintf(damaged, sizeof damaged, "%s.damaged", path);
    unlink(damaged);
    rmdir(folder);
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

#endif
