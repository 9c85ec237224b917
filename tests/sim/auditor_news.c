#include "tests/sim/auditor_news.h"

#include "base/assert.h"
#include "ledger/records.h"
#include "tests/sim/modules.h"
#include "tests/sim/news.h"
#include "tests/sim/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { CURRENCIES = 3, USER_FIRST = 100000 };

static void opened(struct sim *sim, const struct fact_ticket_opened *fact);
static void closed(struct sim *sim, const struct fact_ticket_closed *fact);
static void reminded(struct sim *sim, const struct fact_reminded *fact);
static void once(struct sim *sim, const char *what, const char *text);
static struct ticket *ticket_of(struct sim *sim, uint64_t number);
static void check_points(struct sim *sim);

void books_new(struct sim *sim)
{
    sim->books = calloc(1, sizeof *sim->books);
    ASSERT(sim->books != NULL);
    map_init(&sim->books->once);
    sim->books->reminded = calloc(people_count(sim), sizeof *sim->books->reminded);
    sim->books->heard = calloc(people_count(sim), sizeof *sim->books->heard);
    ASSERT(sim->books->reminded != NULL && sim->books->heard != NULL);
}

void books_destroy(struct sim *sim)
{
    map_deinit(&sim->books->once);
    free(sim->books->tickets);
    free(sim->books->reminded);
    free(sim->books->heard);
    free(sim->books);
    sim->books = NULL;
}

void books_fact(struct sim *sim, struct slice bytes)
{
    struct message message;
    char text[128];
    enum error error = wire_decode_one(bytes, &message, NULL);
    CHECK(sim, error == ERROR_NONE, "a fact does not decode");
    const void *fact = message_object(&message);
    uint64_t id = (uint64_t)message.kind;
    if (id == shape_fact_ticket_opened()->id) {
        opened(sim, fact);
    } else if (id == shape_fact_ticket_closed()->id) {
        closed(sim, fact);
    } else if (id == shape_fact_reminded()->id) {
        reminded(sim, fact);
    } else if (id == shape_fact_order_paid()->id) {
        const struct fact_order_paid *paid = fact;
        (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(paid->order_id));
        once(sim, "the payment of an order", text);
    }
}

void books_row(struct sim *sim, const struct message_news_item *item)
{
    struct record_ticket record;
    if (item->id != shape_record_ticket()->id)
        return;
    CHECK(sim, item->gone == 0 && item->key.len == 8, "a ticket is gone");
    enum error error = record_decode(shape_record_ticket(), item->value, &record);
    ASSERT(error == ERROR_NONE);
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | (unsigned char)item->key.data[i];
    /* The row may be of later than the fact that is told next. */
    if (number <= sim->books->ticket_count)
        ticket_of(sim, number)->thread = record.thread;
}

void books_read(struct sim *sim, uint64_t user, const char *text)
{
    static const char *const endings[] = {" is closed.", " \xe5\xb7\xb2\xe5\x85\xb3\xe9\x97\xad",
                                          " \xe5\xb7\xb2\xe9\x97\x9c\xe9\x96\x89"};
    static const char *const reminders[] = {
        " ends on ", "\xe4\xbc\x9a\xe5\x91\x98\xe5\xb0\x86\xe4\xba\x8e",
        "\xe6\x9c\x83\xe5\x93\xa1\xe8\xb3\x87\xe6\xa0\xbc\xe5\xb0\x87\xe6\x96\xbc"};
    for (const char *at = text; (at = strchr(at, 'T')) != NULL; at++) {
        char *end;
        uint64_t number = strtoull(at + 1, &end, 10);
        if (end == at + 1)
            continue;
        for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
            if (strncmp(end, endings[i], strlen(endings[i])) != 0)
                continue;
            struct ticket *ticket = ticket_of(sim, number);
            CHECK(sim, ticket->user == user, "ticket T%" PRIu64 " is another member's", number);
            ticket->told = true;
        }
    }
    for (size_t i = 0; i < sizeof reminders / sizeof reminders[0]; i++)
        sim->books->heard[user] += strstr(text, reminders[i]) != NULL;
}

void books_check(struct sim *sim)
{
    const struct books *books = sim->books;
    size_t rows = 0;
    size_t at = 0;
    for (const struct row *row; (row = map_each(&sim->news->rows, &at)) != NULL;)
        rows += row->id == shape_record_ticket()->id;
    CHECK(sim, rows == books->ticket_count, "%zu tickets were opened, and there are %zu",
          books->ticket_count, rows);
    for (uint64_t number = 1; number <= books->ticket_count; number++) {
        const struct ticket *ticket = &books->tickets[number - 1];
        CHECK(sim, ticket->told == ticket->closed, "the end of ticket T%" PRIu64 " is %s", number,
              ticket->closed ? "not told" : "told, and it is open");
    }
    for (uint64_t user = 0; user < people_count(sim); user++)
        CHECK(sim, books->heard[user] <= books->reminded[user],
              "user %" PRIu64 " was reminded %" PRIu64 " times, and should be %" PRIu64 " times",
              user, books->heard[user], books->reminded[user]);
    check_points(sim);
}

/* In double entry all accounts of a currency, the members' and the house's, come to 0. */
static void check_points(struct sim *sim)
{
    int64_t sums[CURRENCIES] = {0};
    size_t at = 0;
    for (const struct row *row; (row = map_each(&sim->news->rows, &at)) != NULL;) {
        struct record_points_account account;
        struct record_points_house house;
        uint64_t number = 0;
        if (row->id == shape_record_points_account()->id) {
            enum error error = record_decode(shape_record_points_account(), row->value, &account);
            ASSERT(error == ERROR_NONE && row->key.len >= 8);
            number = (unsigned char)row->key.data[row->key.len - 1];
            CHECK(sim, number < CURRENCIES, "there is no currency %" PRIu64, number);
            sums[number] += account.available + account.held - account.owed;
        } else if (row->id == shape_record_points_house()->id) {
            enum error error = record_decode(shape_record_points_house(), row->value, &house);
            ASSERT(error == ERROR_NONE && row->key.len > 8);
            number = (unsigned char)row->key.data[7];
            CHECK(sim, number < CURRENCIES, "there is no currency %" PRIu64, number);
            sums[number] += house.balance;
        }
    }
    for (size_t i = 0; i < CURRENCIES; i++)
        CHECK(sim, sums[i] == 0, "all accounts of currency %zu come to %" PRId64, i, sums[i]);
}

/* Numbers go up by one, and each is there once. */
static void opened(struct sim *sim, const struct fact_ticket_opened *fact)
{
    struct books *books = sim->books;
    CHECK(sim, fact->ticket == books->ticket_count + 1,
          "ticket %" PRIu64 " is opened, and the last one was %zu", fact->ticket,
          books->ticket_count);
    books->tickets =
        sim_grow(books->tickets, &books->ticket_cap, books->ticket_count, sizeof *books->tickets);
    books->tickets[books->ticket_count++] =
        (struct ticket){.user = (uint64_t)(fact->telegram_id - USER_FIRST)};
}

static void closed(struct sim *sim, const struct fact_ticket_closed *fact)
{
    struct ticket *ticket = ticket_of(sim, fact->ticket);
    CHECK(sim, !ticket->closed, "ticket T%" PRIu64 " is closed twice", fact->ticket);
    CHECK(sim, ticket->user == (uint64_t)(fact->telegram_id - USER_FIRST),
          "ticket T%" PRIu64 " is closed for another member", fact->ticket);
    ticket->closed = true;
}

/* One for each member, plan, cycle and step. */
static void reminded(struct sim *sim, const struct fact_reminded *fact)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%" PRId64 " %.*s %" PRIu64 " %" PRIu64 " %" PRIu64,
                   fact->telegram_id, SLICE_ARG(fact->plan), fact->span, fact->until, fact->days);
    once(sim, "a reminder", text);
    sim->books->reminded[fact->telegram_id - USER_FIRST]++;
    sim->books->reminders++;
}

static void once(struct sim *sim, const char *what, const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = text; *at != 0; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    CHECK(sim, map_get(&sim->books->once, hash) == NULL, "%s comes twice: %s", what, text);
    bool put = map_put(&sim->books->once, hash, sim);
    ASSERT(put);
}

static struct ticket *ticket_of(struct sim *sim, uint64_t number)
{
    CHECK(sim, number > 0 && number <= sim->books->ticket_count,
          "ticket T%" PRIu64 " was never opened", number);
    return &sim->books->tickets[number - 1];
}
