/* Of store_workload: what the commands of a data directory told, found in segments of facts and
 * news, is what the same commands tell when they are applied from the first on. */
#ifndef USHER_TESTS_TORTURE_FACTS_CHECK_H
#define USHER_TESTS_TORTURE_FACTS_CHECK_H

#include "cli/fact_archive.h"
#include "cli/fact_cursor.h"
#include "journal/journal.h"
#include "ledger/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FACTS_BYTES_MAX = 256 * 1024 * 1024 };

/* A ledger in memory that hears every command once. */
struct facts_check {
    struct store *store;
    struct ledger *ledger;
    struct effects effects;
    struct buf told; /* news_item messages */
};

static inline _Noreturn void facts_wrong(const char *what, uint64_t sequence, const char *why)
{
    fprintf(stderr, "facts: %s at command %" PRIu64 ": %s\n", what, sequence, why);
    exit(1);
}

static inline void facts_check_begin(struct facts_check *check)
{
    buf_init(&check->told, FACTS_BYTES_MAX);
    if (store_open_memory(&check->store) != ERROR_NONE ||
        ledger_open(check->store, &check->ledger, NULL) != ERROR_NONE)
        facts_wrong("no memory", 0, "");
}

static inline enum error facts_check_hear(void *context, const struct journal_entry *entry)
{
    struct facts_check *check = context;
    uint64_t upto;
    unsigned result;
    if (entry->sequence <= ledger_applied(check->ledger)) /* segments overlap */
        return ERROR_NONE;
    enum error error = ledger_begin(check->ledger);
    if (error == ERROR_NONE)
        error = ledger_apply(check->ledger, entry->sequence, entry->at_ms, entry->command, &result,
                             &check->effects);
    if (error == ERROR_NONE)
        error = ledger_commit(check->ledger);
    if (error == ERROR_NONE)
        error = ledger_news_facts(check->ledger, entry->sequence - 1, FACTS_BYTES_MAX, &check->told,
                                  &upto);
    check->effects.count = 0;
    /* Before the first configuration nobody is told anything. */
    return error == ERROR_NOT_FOUND ? ERROR_NONE : error;
}

/* Compares and ends. ledger: of the data directory, with all applied. */
static inline void facts_check_end(struct facts_check *check, const char *dir,
                                   struct ledger *ledger)
{
    struct fact_cursor cursor = {.path = ""};
    struct why why = {""};
    struct buf found;
    uint64_t since;
    uint64_t upto = 0;
    uint64_t first = 0;
    enum error error;
    buf_init(&found, FACTS_BYTES_MAX);
    while ((error = fact_cursor_read(&cursor, dir, upto, 4096, &found, &upto, &since, &why)) ==
           ERROR_NONE) {
        if (first != 0 && since > first)
            facts_wrong("segments are missing", since, "");
        first = upto;
    }
    if (error != ERROR_NOT_FOUND)
        facts_wrong("a segment cannot be read", upto, why.text);
    if (ledger_news_since(ledger, &since) != ERROR_NONE || (upto > 0 && since > upto))
        facts_wrong("neither in a segment nor in the news", upto, "");
    if (since != UINT64_MAX && ledger_news_facts(ledger, upto > since ? upto : since,
                                                 FACTS_BYTES_MAX, &found, &upto) != ERROR_NONE)
        facts_wrong("the news cannot be read", since, "");
    if (!slice_equal(buf_slice(&found), buf_slice(&check->told)))
        facts_wrong("others were told", upto, "");
    fact_cursor_deinit(&cursor);
    buf_deinit(&found);
    buf_deinit(&check->told);
    free(check->effects.items);
    ledger_close(&check->ledger);
    store_close(&check->store);
}

#endif
