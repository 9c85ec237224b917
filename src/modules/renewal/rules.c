/* What the configuration in force says of renewals. */
#include "ledger/reminder.h"
#include "modules/renewal/renewal.h"

static bool any(const struct ledger *ledger, const struct shape *shape);

bool rules_remind(const struct ledger *ledger)
{
    return any(ledger, shape_renew_remind());
}

bool rules_winback(const struct ledger *ledger)
{
    return any(ledger, shape_renew_winback_step());
}

uint64_t rules_after_quiet(struct ledger *ledger, uint64_t at_ms)
{
    enum { ROUNDS = 4, MINUTE_MS = 60000 }; /* the end of one may lie in the other */
    struct renew_quiet quiet = {0};
    size_t row = 0;
    bool known = catalog_row(ledger->catalog, shape_renew_quiet(), &row, &quiet);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t from_ms = notice_after_quiet(ledger, at_ms);
        if (known)
            from_ms = (uint64_t)calendar_after_hours(ledger->calendar, quiet.from * MINUTE_MS,
                                                     quiet.to * MINUTE_MS, (int64_t)from_ms);
        if (from_ms == at_ms)
            break;
        at_ms = from_ms;
    }
    return at_ms;
}

uint64_t rules_hash(const struct ledger *ledger)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a, of the numbers */
    struct renew_remind remind;
    struct renew_winback_step winback;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_renew_remind(), &at, &remind);)
        hash = (hash ^ remind.days) * UINT64_C(1099511628211);
    for (size_t at = 0; catalog_row(ledger->catalog, shape_renew_winback_step(), &at, &winback);)
        hash = (hash ^ winback.after) * UINT64_C(1099511628211);
    return hash;
}

static bool any(const struct ledger *ledger, const struct shape *shape)
{
    union {
        struct renew_remind remind;
        struct renew_winback_step winback;
    } row;
    size_t at = 0;
    return catalog_row(ledger->catalog, shape, &at, &row);
}
