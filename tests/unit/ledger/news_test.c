/* What commands told, as their readers take it in. */
#define MODULES_DEF "tests/unit/ledger/news_modules.def"
#include "modules/order/order.h"

#include "tests/unit/ledger/sample.h"

#include "base/encoding.h"
#include "ledger/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CHAT = -1001, JOURNAL_MAX = 3000, ALL = 64 * 1024 * 1024 };
static const uint64_t start_ms = 1767225600000;

/* Commands, one after another; a world applies them. */
static struct buf journal;
static struct slice commands[JOURNAL_MAX];
static size_t command_count;

struct world {
    struct store *store;
    struct ledger *ledger;
};
static struct world world;
static struct buf items;
static char line[2048];

static int set_up(void **state)
{
    (void)state;
    memset(&sample, 0, sizeof sample);
    buf_init(&journal, 8 * 1024 * 1024);
    buf_init(&items, ALL);
    assert_non_null(buf_reserve(&journal, 8 * 1024 * 1024)); /* so that it never moves */
    command_count = 0;
    assert_int_equal(store_open_memory(&world.store), ERROR_NONE);
    assert_int_equal(ledger_open(world.store, &world.ledger, NULL), ERROR_NONE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&world.ledger);
    store_close(&world.store);
    buf_deinit(&journal);
    buf_deinit(&items);
    return 0;
}

static void write_command(const struct shape *shape, const void *object)
{
    size_t from = journal.len;
    assert_true(command_count < JOURNAL_MAX);
    shape_encode(&journal, shape, object);
    assert_false(journal.failed);
    commands[command_count++] = slice_of(journal.data + from, journal.len - from);
}

static void write_message(const struct message *message)
{
    write_command(shape_find((uint64_t)message->kind), message_object(message));
}

static void configure_rows(const char *readers, size_t count)
{
    const struct message rows[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {SLICE("Club"), SLICE("UTC"), 0, 20, slice_from(readers)}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("main")}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {SLICE("all"), 0, 0}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("all"), 900, SLICE("USD"), 1, 0}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {SLICE("room"), SLICE("main"), CHAT, INVITE_JOIN_REQUEST, 3600000}},
        {.kind = MESSAGE_catalog_plan_group, .catalog_plan_group = {SLICE("all"), SLICE("room")}},
    };
    char bytes[2048];
    struct buf catalog = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    for (size_t i = 0; i < count; i++)
        wire_encode(&catalog, &rows[i]);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {SLICE("0123456789abcdef0123456789abcdef"), buf_slice(&catalog)}};
    write_message(&message);
}

static void configure(const char *readers)
{
    configure_rows(readers, 4);
}

static void configure_with_group(const char *readers)
{
    configure_rows(readers, 6);
}

static void keep(const char *name, int64_t member, uint64_t facts)
{
    const struct sample_keep keep = {
        .name = slice_from(name), .telegram_id = member, .facts = facts};
    write_command(shape_sample_keep(), &keep);
}

static void drop(const char *name, int64_t member)
{
    const struct sample_drop drop = {.name = slice_from(name), .telegram_id = member};
    write_command(shape_sample_drop(), &drop);
}

static void pay(uint64_t id, int64_t member)
{
    char name[32];
    (void)snprintf(name, sizeof name, "p%llu", (unsigned long long)id);
    const struct message message = {.kind = MESSAGE_cmd_payment,
                                    .cmd_payment = {.gateway = SLICE("g"),
                                                    .event_id = slice_from(name),
                                                    .payment_id = slice_from(name),
                                                    .kind = PAYMENT_PAID,
                                                    .telegram_id = member,
                                                    .plan = SLICE("all"),
                                                    .amount = 900,
                                                    .currency = SLICE("USD")}};
    write_message(&message);
}

static void order(int64_t member)
{
    const struct order_create create = {.telegram_id = member, .plan = SLICE("all")};
    write_command(shape_order_create(), &create);
}

static void read_up_to(const char *reader, uint64_t upto)
{
    const struct message message = {.kind = MESSAGE_cmd_news_read,
                                    .cmd_news_read = {slice_from(reader), upto}};
    write_message(&message);
}

static unsigned apply_next(struct world *to)
{
    struct effects effects = {0};
    unsigned result = RESULT_COUNT;
    uint64_t sequence = ledger_applied(to->ledger) + 1;
    assert_true(sequence <= command_count);
    assert_int_equal(ledger_apply(to->ledger, sequence, start_ms + sequence, commands[sequence - 1],
                                  &result, &effects),
                     ERROR_NONE);
    free(effects.items);
    return result;
}

/* All that is written and not yet applied, in batches; the result of the last. */
static unsigned apply_all(struct world *to, size_t batch)
{
    unsigned result = RESULT_COUNT;
    while (ledger_applied(to->ledger) < command_count) {
        assert_int_equal(ledger_begin(to->ledger), ERROR_NONE);
        for (size_t n = 0; n < batch && ledger_applied(to->ledger) < command_count; n++)
            result = apply_next(to);
        assert_int_equal(ledger_commit(to->ledger), ERROR_NONE);
    }
    return result;
}

static uint64_t count(enum table table)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(world.store, false, &txn), ERROR_NONE);
    uint64_t entries = store_count(txn, table);
    store_abort(&txn);
    return entries;
}

static uint64_t read_news(struct world *from, uint64_t after, size_t bytes_max)
{
    uint64_t upto = 0;
    buf_clear(&items);
    assert_int_equal(ledger_news(from->ledger, after, bytes_max, &items, &upto), ERROR_NONE);
    return upto;
}

static void expect_gap(uint64_t after)
{
    uint64_t upto = 0;
    buf_clear(&items);
    assert_int_equal(ledger_news(world.ledger, after, ALL, &items, &upto), ERROR_NOT_FOUND);
    assert_int_equal(items.len, 0);
    assert_int_equal(upto, after);
}

/* An item in a few words: sequence, shape, what it lies under, "-" when it is gone; of a fact its n
 * and words. */
static const char *words(const struct message_news_item *item)
{
    const struct shape *shape = record_find(item->id);
    struct fact_sample_happened fact;
    if (shape == NULL && item->id != shape_fact_sample_happened()->id) { /* the ledger's own */
        (void)snprintf(line, sizeof line, "%llu fact %llu %s", (unsigned long long)item->sequence,
                       (unsigned long long)item->n, shape_find(item->id)->name);
        return line;
    }
    if (shape == NULL) {
        assert_int_equal(shape_decode_one(item->value, shape_fact_sample_happened(), &fact, NULL),
                         ERROR_NONE);
        assert_int_equal(item->n, fact.n);
        (void)snprintf(line, sizeof line, "%llu fact %llu %.*s", (unsigned long long)item->sequence,
                       (unsigned long long)item->n, (int)fact.words.len, fact.words.data);
        return line;
    }
    (void)snprintf(line, sizeof line, "%llu %s %lld %.*s %llu%s",
                   (unsigned long long)item->sequence, shape->name, (long long)item->telegram_id,
                   (int)item->name.len, item->name.data, (unsigned long long)item->number,
                   item->gone ? " -" : "");
    assert_true(item->gone ? item->value.len == 0 : item->value.len > 0);
    return line;
}

static void expect_items(const char *const *expected)
{
    struct slice rest = buf_slice(&items);
    struct message message;
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE) {
        assert_int_equal(message.kind, MESSAGE_news_item);
        assert_non_null(*expected);
        assert_string_equal(words(&message.news_item), *expected++);
    }
    assert_int_equal(rest.len, 0);
    assert_null(*expected);
}
/* The row of the first order, told with command 3, as words() says it. */
static const char *order_row(void)
{
    static char row[64];
    struct order order;
    assert_int_equal(ledger_begin(world.ledger), ERROR_NONE);
    assert_true(order_by_serial(world.ledger, 1, &order));
    ledger_abort(world.ledger);
    (void)snprintf(row, sizeof row, "3 order 0 %s 0", order.id);
    return row;
}

#define EXPECT_ITEMS(...) expect_items((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void nobody_reads_nothing_is_kept(void **state)
{
    (void)state;
    configure("");
    pay(1, 42);
    keep("box", 42, 5);
    apply_all(&world, 1);
    assert_int_equal(sample.heard, 5); /* modules hear it all the same */
    assert_int_equal(count(TABLE_news), 0);
    assert_int_equal(read_news(&world, 0, ALL), 3);
    assert_int_equal(items.len, 0);
    assert_int_equal(read_news(&world, 3, ALL), 3);
    configure("mirror");
    keep("box", 42, 1);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 1);
    expect_gap(3);
    assert_int_equal(read_news(&world, 4, ALL), 5);
    EXPECT_ITEMS("5 sample_box 0  0", "5 sample_mark 42  0", "5 fact 1 box");
}

static void facts_and_rows_come_in_their_order(void **state)
{
    (void)state;
    configure("mirror");
    keep("a", 7, 2);
    order(7);
    drop("a", 7);
    apply_all(&world, 1);
    const char *row = order_row();
    assert_int_equal(read_news(&world, 1, ALL), 4);
    /* Rows with their value of now, which is none. */
    EXPECT_ITEMS("2 sample_box 0  0 -", "2 sample_mark 7  0 -", "2 fact 1 a", "2 fact 2 a",
                 "3 order_ref 7  1", row, "3 order_line 0  0", "3 order_serial 0  0",
                 "3 fact 1 order_placed", "4 sample_box 0  0 -", "4 sample_mark 7  0 -");
    assert_int_equal(read_news(&world, 2, ALL), 4);
    EXPECT_ITEMS("3 order_ref 7  1", row, "3 order_line 0  0", "3 order_serial 0  0",
                 "3 fact 1 order_placed", "4 sample_box 0  0 -", "4 sample_mark 7  0 -");
    assert_int_equal(read_news(&world, 4, ALL), 4);
    assert_int_equal(items.len, 0);
    assert_int_equal(read_news(&world, 9, ALL), 9); /* ahead of us: nothing */
}

static uint64_t read_facts(uint64_t after, size_t bytes_max)
{
    uint64_t upto = 0;
    buf_clear(&items);
    assert_int_equal(ledger_news_facts(world.ledger, after, bytes_max, &items, &upto), ERROR_NONE);
    return upto;
}

/* What it skips counts too, so that an answer stays short however few facts there are. */
static void facts_alone(void **state)
{
    (void)state;
    configure("mirror");
    keep("a", 7, 2);
    order(7);
    drop("a", 7);
    keep("b", 8, 1);
    apply_all(&world, 1);
    assert_int_equal(read_facts(1, ALL), 5);
    EXPECT_ITEMS("2 fact 1 a", "2 fact 2 a", "3 fact 1 order_placed", "5 fact 1 b");
    assert_int_equal(read_facts(1, 1), 2);
    EXPECT_ITEMS("2 fact 1 a", "2 fact 2 a");
    assert_int_equal(read_facts(3, 1), 4);
    EXPECT_ITEMS();
    assert_int_equal(read_facts(4, 1), 5);
    EXPECT_ITEMS("5 fact 1 b");
}

static void the_ledger_says_how_far_a_reader_is(void **state)
{
    uint64_t upto;
    (void)state;
    configure("mirror");
    keep("a", 7, 1);
    configure("mirror,webhook-crm");
    apply_all(&world, 1);
    assert_int_equal(ledger_news_read(world.ledger, SLICE("webhook-crm"), &upto), ERROR_NONE);
    assert_int_equal(upto, 3); /* it begins where it was named */
    assert_int_equal(ledger_news_read(world.ledger, SLICE("nobody"), &upto), ERROR_NONE);
    assert_true(upto == UINT64_MAX);
    keep("a", 7, 1);
    read_up_to("webhook-crm", 4);
    apply_all(&world, 1);
    assert_int_equal(ledger_news_read(world.ledger, SLICE("webhook-crm"), &upto), ERROR_NONE);
    assert_int_equal(upto, 4);
    configure("");
    apply_all(&world, 1);
    assert_int_equal(ledger_news_read(world.ledger, SLICE("webhook-crm"), &upto), ERROR_NONE);
    assert_true(upto == UINT64_MAX);
}

/* A person is told as all that their core has. */
static void a_person_is_told_row_by_row(void **state)
{
    (void)state;
    configure_with_group("mirror");
    pay(1, 42);
    apply_all(&world, 1);
    read_news(&world, 1, ALL);
    struct slice rest = buf_slice(&items);
    struct message message;
    unsigned seen[4] = {0};
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE) {
        const struct message_news_item *item = &message.news_item;
        struct record_member member;
        struct record_entitlement entitlement;
        struct record_payment payment;
        assert_int_equal(item->sequence, 2);
        assert_int_equal(item->at_ms, start_ms + 2);
        if (item->id == shape_record_member()->id) {
            assert_int_equal(record_decode(shape_record_member(), item->value, &member),
                             ERROR_NONE);
            assert_int_equal(item->telegram_id, 42);
            assert_int_equal(member.payments, 1);
            seen[0]++;
        } else if (item->id == shape_record_entitlement()->id) {
            assert_int_equal(record_decode(shape_record_entitlement(), item->value, &entitlement),
                             ERROR_NONE);
            assert_int_equal(item->telegram_id, 42);
            assert_true(slice_is(item->name, "all"));
            assert_int_equal(entitlement.status, ENTITLEMENT_ACTIVE);
            seen[1]++;
        } else if (item->id == shape_record_payment()->id) {
            assert_int_equal(record_decode(shape_record_payment(), item->value, &payment),
                             ERROR_NONE);
            assert_int_equal(item->number, 2);
            assert_string_equal(payment.payment_id, "p1");
            seen[2]++;
        } else if (item->id == shape_record_delivery()->id) {
            struct record_delivery delivery;
            assert_int_equal(record_decode(shape_record_delivery(), item->value, &delivery),
                             ERROR_NONE); /* without its parts */
            assert_true(item->number >= 1);
            seen[3]++;
        }
    }
    for (size_t i = 0; i < 4; i++)
        assert_true(seen[i] > 0);
}

static void news_come_in_pieces_of_whole_commands(void **state)
{
    (void)state;
    char name[16];
    configure("mirror");
    for (int i = 0; i < 30; i++) {
        (void)snprintf(name, sizeof name, "b%d", i);
        keep(name, 0, 1);
    }
    apply_all(&world, 5); /* 1..5, 6..10 and so on */
    struct buf whole;
    struct buf pieces;
    buf_init(&whole, ALL);
    buf_init(&pieces, ALL);
    assert_int_equal(read_news(&world, 1, ALL), 31);
    buf_append_slice(&whole, buf_slice(&items));
    static const size_t sizes[] = {0, 1, 100, 1000, 5000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        uint64_t at = 1;
        size_t asked = 0;
        buf_clear(&pieces);
        while (at < 31) {
            uint64_t upto = read_news(&world, at, sizes[s]);
            assert_true(upto > at);
            at = upto;
            asked++;
            buf_append_slice(&pieces, buf_slice(&items));
        }
        assert_true(slice_equal(buf_slice(&whole), buf_slice(&pieces)));
        assert_true(sizes[s] > 1 || asked == 30);
    }
    assert_int_equal(read_news(&world, 28, ALL), 31); /* from within a batch */
    EXPECT_ITEMS("29 sample_box 0  0", "29 fact 1 b27", "30 sample_box 0  0", "30 fact 1 b28",
                 "31 sample_box 0  0", "31 fact 1 b29");
    buf_deinit(&whole);
    buf_deinit(&pieces);
}

static void much_is_told_in_several_chunks(void **state)
{
    (void)state;
    static char words_of[65000];
    memset(words_of, 'w', sizeof words_of);
    configure("mirror");
    apply_all(&world, 1);
    assert_int_equal(ledger_begin(world.ledger), ERROR_NONE);
    keep("a", 7, 0);
    apply_next(&world);
    for (uint64_t n = 1; n <= 10; n++) {
        const struct fact_sample_happened fact = {7, n, slice_of(words_of, sizeof words_of - n)};
        fact_tell(world.ledger, shape_fact_sample_happened(), &fact);
    }
    assert_int_equal(ledger_commit(world.ledger), ERROR_NONE);
    assert_true(count(TABLE_news) > 3);
    assert_int_equal(read_news(&world, 1, 1), 2); /* a batch is told as a whole */
    struct slice rest = buf_slice(&items);
    struct message message;
    uint64_t facts = 0;
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE)
        if (message.news_item.id == shape_fact_sample_happened()->id)
            assert_int_equal(message.news_item.n, ++facts);
    assert_int_equal(facts, 10);
}

static void an_aborted_batch_told_nothing(void **state)
{
    (void)state;
    configure("mirror");
    keep("a", 7, 1);
    apply_all(&world, 10);
    uint64_t chunks = count(TABLE_news);
    keep("b", 8, 2);
    pay(1, 42);
    assert_int_equal(ledger_begin(world.ledger), ERROR_NONE);
    apply_next(&world);
    apply_next(&world);
    /* What the open batch told is not there before it is committed. */
    assert_int_equal(read_news(&world, 2, ALL), 2);
    assert_int_equal(items.len, 0);
    ledger_abort(world.ledger);
    assert_int_equal(count(TABLE_news), chunks);
    assert_int_equal(ledger_applied(world.ledger), 2);
    assert_int_equal(read_news(&world, 2, ALL), 2);
    assert_int_equal(items.len, 0);
    assert_int_equal(apply_all(&world, 1), RESULT_granted);
    assert_int_equal(read_news(&world, 2, ALL), 4);
    struct slice rest = buf_slice(&items);
    struct message message;
    unsigned facts = 0;
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE)
        facts += message.news_item.id == shape_fact_sample_happened()->id;
    assert_int_equal(facts, 2);
}

/* A mixed journal. */
static void write_much(void)
{
    char name[16];
    configure("mirror");
    configure_with_group("mirror");
    for (int i = 0; i < 700; i++) {
        (void)snprintf(name, sizeof name, "b%d", i % 13);
        if (i % 7 == 3)
            pay((uint64_t)i, 100 + i % 11);
        else if (i % 7 == 5)
            order(100 + i % 5);
        else if (i % 29 == 28)
            drop(name, 100 + i % 11);
        else
            keep(name, 100 + i % 11, (uint64_t)(i % 4));
    }
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum { LINES_MAX = 20000 };
/* The facts in order; then each record that was told, once, with a hash of its value of now. */
static size_t digest_news(struct world *from, char **lines, size_t *facts)
{
    size_t n = 0;
    struct message message;
    *facts = 0;
    read_news(from, 1, ALL);
    for (int pass = 0; pass < 2; pass++) {
        size_t begin = n;
        struct slice rest = buf_slice(&items);
        while (wire_decode(&rest, &message, NULL) == ERROR_NONE) {
            struct message_news_item *item = &message.news_item;
            if ((record_find(item->id) == NULL) != (pass == 0))
                continue;
            assert_true(n < LINES_MAX);
            if (pass == 0) {
                lines[n++] = strdup(words(item));
                continue;
            }
            uint8_t hash[32];
            char hex[65];
            sha256(item->value, hash);
            hex_encode(hash, sizeof hash, hex, sizeof hex);
            item->sequence = 0; /* a record may be told with what is done after it in its batch */
            size_t len = strlen(words(item));
            (void)snprintf(line + len, sizeof line - len, " %s", hex);
            lines[n++] = strdup(line);
        }
        if (pass == 0) {
            *facts = n;
            continue;
        }
        qsort(lines + begin, n - begin, sizeof *lines, compare_lines);
        size_t kept = begin;
        for (size_t i = begin; i < n; i++) {
            if (kept > begin && strcmp(lines[kept - 1], lines[i]) == 0)
                free(lines[i]);
            else
                lines[kept++] = lines[i];
        }
        n = kept;
    }
    return n;
}

static void batches_do_not_show(void **state)
{
    (void)state;
    static const size_t batches[] = {1, 7, 1000};
    static char *expected[LINES_MAX];
    static char *got[LINES_MAX];
    size_t expected_count = 0;
    size_t expected_facts = 0;
    uint8_t expected_hash[32] = {0};
    write_much();
    for (size_t b = 0; b < 3; b++) {
        struct world other;
        struct store_txn *txn;
        uint8_t hash[32];
        size_t facts;
        assert_int_equal(store_open_memory(&other.store), ERROR_NONE);
        assert_int_equal(ledger_open(other.store, &other.ledger, NULL), ERROR_NONE);
        apply_all(&other, batches[b]);
        assert_int_equal(store_begin(other.store, false, &txn), ERROR_NONE);
        assert_int_equal(store_hash(txn, hash), ERROR_NONE);
        store_abort(&txn);
        size_t n = digest_news(&other, got, &facts);
        if (b == 0) {
            memcpy(expected, got, sizeof expected);
            memcpy(expected_hash, hash, sizeof hash);
            expected_count = n;
            expected_facts = facts;
            assert_true(facts > 500 && n > facts + 50);
        } else {
            assert_memory_equal(hash, expected_hash, sizeof hash);
            assert_int_equal(facts, expected_facts);
            assert_int_equal(n, expected_count);
            for (size_t i = 0; i < n; i++) {
                assert_string_equal(got[i], expected[i]);
                free(got[i]);
            }
        }
        ledger_close(&other.ledger);
        store_close(&other.store);
    }
    for (size_t i = 0; i < expected_count; i++)
        free(expected[i]);
}

static void a_walk_shows_every_record_once_in_pieces(void **state)
{
    (void)state;
    struct buf place;
    struct buf whole;
    struct buf pieces;
    struct message message;
    unsigned seen[7] = {0};
    write_much();
    apply_all(&world, 50);
    buf_init(&place, 640);
    buf_init(&whole, ALL);
    buf_init(&pieces, ALL);
    assert_int_equal(ledger_walk(world.ledger, &place, ALL, &whole), ERROR_NONE);
    assert_int_equal(place.len, 0);
    size_t asked = 0;
    do {
        buf_clear(&items);
        size_t bytes_max = asked % 3 == 0 ? 0 : 300; /* at least one */
        assert_int_equal(ledger_walk(world.ledger, &place, bytes_max, &items), ERROR_NONE);
        assert_true(items.len > 0 || place.len == 0);
        buf_append_slice(&pieces, buf_slice(&items));
        asked++;
    } while (place.len > 0);
    assert_true(asked > 50);
    assert_true(slice_equal(buf_slice(&whole), buf_slice(&pieces)));
    struct slice rest = buf_slice(&whole);
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE) {
        const struct message_news_item *item = &message.news_item;
        assert_int_equal(item->sequence, ledger_applied(world.ledger));
        seen[0] += item->id == shape_record_member()->id;
        seen[1] += item->id == shape_record_sample_mark()->id;
        seen[2] += item->id == shape_record_sample_box()->id;
        seen[3] += item->id == shape_record_order()->id;
        seen[4] += item->id == shape_record_payment()->id;
        seen[5] += strcmp(record_find(item->id)->name, "order_line") == 0;
        seen[5] += strcmp(record_find(item->id)->name, "order_serial") == 0;
        seen[6] += strcmp(record_find(item->id)->name, "order_ref") == 0;
        if (item->gone) /* of whom only aspects are known */
            fail();
    }
    assert_int_equal(seen[0], 11);
    assert_int_equal(seen[1] + seen[6], count(TABLE_people) - 11);
    assert_int_equal(seen[2] + seen[5], count(TABLE_records));
    assert_int_equal(seen[3], count(TABLE_orders));
    assert_int_equal(seen[4], count(TABLE_payments));
    /* A place that no walk gave ends it. */
    buf_append_u8(&place, 99);
    buf_clear(&items);
    assert_int_equal(ledger_walk(world.ledger, &place, ALL, &items), ERROR_NONE);
    assert_int_equal(items.len + place.len, 0);
    buf_deinit(&place);
    buf_deinit(&whole);
    buf_deinit(&pieces);
}

static void what_all_have_read_goes(void **state)
{
    (void)state;
    configure("mirror,hooks");
    for (int i = 0; i < 9; i++)
        keep("a", 7, 1);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 9);
    read_up_to("mirror", 6); /* 11 */
    assert_int_equal(apply_all(&world, 1), RESULT_ok);
    assert_int_equal(count(TABLE_news), 9);
    read_up_to("hooks", 4);
    assert_int_equal(apply_all(&world, 1), RESULT_ok);
    assert_int_equal(count(TABLE_news), 6); /* 5 and later */
    read_up_to("mirror", 5);
    assert_int_equal(apply_all(&world, 1), RESULT_stale);
    read_up_to("mirror", 6);
    assert_int_equal(apply_all(&world, 1), RESULT_ok);
    read_up_to("mirror", command_count + 1); /* it cannot have read what this command tells */
    assert_int_equal(apply_all(&world, 1), RESULT_invalid);
    read_up_to("mirror", UINT64_MAX);
    assert_int_equal(apply_all(&world, 1), RESULT_invalid);
    read_up_to("", 5);
    assert_int_equal(apply_all(&world, 1), RESULT_invalid);
    assert_int_equal(count(TABLE_news), 6);
    expect_gap(3); /* it has gone */
    assert_int_equal(read_news(&world, 4, 1), 5);
    EXPECT_ITEMS("5 sample_box 0  0", "5 sample_mark 7  0", "5 fact 1 a");
}

static void a_reader_that_is_gone_holds_up_nobody(void **state)
{
    (void)state;
    configure("mirror,hooks");
    for (int i = 0; i < 9; i++)
        keep("a", 7, 1);
    read_up_to("mirror", 8);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 9);
    configure("mirror");
    read_up_to("mirror", 9);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 1);
    configure("mirror,hooks"); /* and is back: from here on it is waited for */
    keep("a", 7, 1);
    read_up_to("mirror", command_count);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 1);
    read_up_to("hooks", command_count - 1);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 0);
}

/* While nobody was configured nothing was told: who comes back may not read on over the gap. */
static void who_was_away_begins_anew(void **state)
{
    (void)state;
    configure("mirror");
    keep("a", 7, 1);
    apply_all(&world, 1);
    assert_int_equal(read_news(&world, 1, ALL), 2);
    configure("");
    keep("b", 7, 1);
    configure("mirror");
    keep("c", 7, 1); /* 6 */
    apply_all(&world, 1);
    expect_gap(2);
    expect_gap(4);
    assert_int_equal(read_news(&world, 5, ALL), 6);
    EXPECT_ITEMS("6 sample_box 0  0", "6 sample_mark 7  0", "6 fact 1 c");
    configure("mirror"); /* the same again changes nothing */
    apply_all(&world, 1);
    assert_int_equal(read_news(&world, 5, ALL), 7);
    assert_int_equal(count(TABLE_readers), 1);
}

static void a_command_lets_go_a_bounded_number(void **state)
{
    (void)state;
    configure("mirror");
    for (int i = 0; i < 1100; i++)
        keep("a", 0, 0);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 1100);
    read_up_to("mirror", 1101);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 100);
    read_up_to("mirror", 1101);
    apply_all(&world, 1);
    assert_int_equal(count(TABLE_news), 0);
}

static void damaged_news_are_found(void **state)
{
    (void)state;
    static const struct slice chunks[] = {SLICE("x"), SLICE("")};
    struct store_txn *txn;
    struct key key;
    uint64_t upto;
    configure("mirror");
    keep("a", 7, 1);
    apply_all(&world, 1);
    key_clear(&key);
    key_u64(&key, 2);
    key_u64(&key, 1);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(store_begin(world.store, true, &txn), ERROR_NONE);
        assert_int_equal(store_put(txn, TABLE_news, key_slice(&key), chunks[i]), ERROR_NONE);
        assert_int_equal(store_commit(&txn), ERROR_NONE);
        buf_clear(&items);
        assert_int_equal(ledger_news(world.ledger, 1, ALL, &items, &upto),
                         i == 0 ? ERROR_CORRUPT : ERROR_NONE);
    }
    /* A row's key that is none of its table. */
    static const uint16_t ids[] = {RECORD_FRAME_ID + 2, RECORD_FRAME_ID + 5, RECORD_FRAME_ID + 4,
                                   MODULE_sample << 8 | 63};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char bytes[64];
        struct buf chunk = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        for (int n = 0; n < 3; n++)
            buf_append_u64_be(&chunk, 2);
        buf_append_u16_be(&chunk, ids[i]);
        buf_append_u32_be(&chunk, 3);
        buf_append_slice(&chunk, SLICE("abc"));
        assert_int_equal(store_begin(world.store, true, &txn), ERROR_NONE);
        assert_int_equal(store_put(txn, TABLE_news, key_slice(&key), buf_slice(&chunk)),
                         ERROR_NONE);
        assert_int_equal(store_commit(&txn), ERROR_NONE);
        buf_clear(&items);
        assert_int_equal(ledger_news(world.ledger, 1, ALL, &items, &upto), ERROR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(nobody_reads_nothing_is_kept),
        TEST(facts_and_rows_come_in_their_order),
        TEST(facts_alone),
        TEST(the_ledger_says_how_far_a_reader_is),
        TEST(a_person_is_told_row_by_row),
        TEST(news_come_in_pieces_of_whole_commands),
        TEST(much_is_told_in_several_chunks),
        TEST(an_aborted_batch_told_nothing),
        TEST(batches_do_not_show),
        TEST(a_walk_shows_every_record_once_in_pieces),
        TEST(what_all_have_read_goes),
        TEST(a_reader_that_is_gone_holds_up_nobody),
        TEST(who_was_away_begins_anew),
        TEST(a_command_lets_go_a_bounded_number),
        TEST(damaged_news_are_found),
    };
    return cmocka_run_group_tests_name("news", tests, NULL, NULL);
}
