#include "modules/ticket/support.h"

#include "base/assert.h"
#include "modules/ticket/settings.h"

#include <inttypes.h>
#include <stdio.h>

bool support_load(struct ledger *ledger, struct support *out)
{
    size_t at = 0;
    if (!catalog_row(ledger->catalog, shape_support_row(), &at, &out->row))
        return false;
    return hours_parse(out->row.hours, &out->hours);
}

bool support_on_roster(const struct support *support, int64_t telegram_id)
{
    struct slice rest = support->row.roster;
    while (rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t len = comma == NULL ? rest.len : (size_t)(comma - rest.data);
        long long id;
        if (slice_to_i64(slice_of(rest.data, len), &id) && id == telegram_id)
            return true;
        len += comma != NULL;
        rest = slice_of(rest.data + len, rest.len - len);
    }
    return support->row.roster.len == 0;
}

uint64_t support_first_ms(const struct support *support, enum ticket_category category)
{
    return category == TICKET_PAYMENT ? support->row.payment_first : support->row.normal_first;
}

uint64_t support_resolve_ms(const struct support *support, enum ticket_category category)
{
    return category == TICKET_PAYMENT ? support->row.payment_resolve : support->row.normal_resolve;
}

void support_catalog(const struct config *config, const void *own, struct buf *rows)
{
    const struct config_support *support = own;
    char roster[1025] = "";
    size_t len = 0;
    /* The check of the root, which measures the catalog, comes before names are looked up. */
    const struct config_bot *bot = support->bot;
    if (support->chat_id == 0 || config->bot_count == 0)
        return;
    if (bot == NULL)
        bot = &config->bots[0];
    for (size_t i = 0; i < support->roster_count; i++)
        len += (size_t)snprintf(roster + len, sizeof roster - len, "%s%" PRId64, i > 0 ? "," : "",
                                support->roster[i]);
    ASSERT(len < sizeof roster);
    const struct support_row row = {.chat_id = support->chat_id,
                                    .bot = slice_from(bot->name),
                                    .topics = support->topics,
                                    .hours = slice_from(support->hours),
                                    .roster = slice_of(roster, len),
                                    .payment_first = support->payment.first_ms,
                                    .payment_resolve = support->payment.resolve_ms,
                                    .normal_first = support->normal.first_ms,
                                    .normal_resolve = support->normal.resolve_ms,
                                    .warn_at = support->warn_at,
                                    .followup = support->followup_ms};
    shape_encode(rows, shape_support_row(), &row);
}
