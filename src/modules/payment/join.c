#include "modules/payment/join.h"

#include "modules/payment/alias.h"
#include "modules/payment/payments.h"

/* Its own id first, then its aliases. */
struct names {
    struct slice first;
    struct slice rest;
};

static bool next_name(struct names *names, struct slice *name);
static bool known_as(struct ledger *ledger, struct slice gateway, struct slice id, char out[256],
                     bool *paid);

bool payment_identify(struct ledger *ledger, struct slice gateway, struct slice payment_id,
                      struct slice aliases, char out[256])
{
    struct slice name;
    char known[256];
    bool found = false, found_paid = false, joined = false, paid;
    if (!slice_copy(payment_id, out, 256))
        out[0] = 0;
    if (aliases.len == 0) { /* it has one name, and that is its own, or an alias */
        if (alias_find(ledger, gateway, payment_id, known))
            memcpy(out, known, sizeof known);
        return false;
    }
    /* The payment itself goes before what is only said of it. */
    for (struct names names = {payment_id, aliases}; next_name(&names, &name);) {
        if (!known_as(ledger, gateway, name, known, &paid) || (found && (!paid || found_paid)))
            continue;
        memcpy(out, known, sizeof known);
        found = true;
        found_paid = paid;
    }
    for (struct names names = {payment_id, aliases}; next_name(&names, &name);) {
        bool other = known_as(ledger, gateway, name, known, &paid) && strcmp(known, out) != 0;
        if (other) {
            joined = payments_join(ledger, gateway, slice_from(known), out) || joined;
            alias_store(ledger, gateway, slice_from(known), out);
        }
        if (!slice_is(name, out) && !alias_find(ledger, gateway, name, known))
            alias_store(ledger, gateway, name, out);
    }
    return joined;
}

static bool next_name(struct names *names, struct slice *name)
{
    if (names->first.len > 0) {
        *name = names->first;
        names->first.len = 0;
        return true;
    }
    if (names->rest.len == 0)
        return false;
    const char *comma = memchr(names->rest.data, ',', names->rest.len);
    size_t len = comma == NULL ? names->rest.len : (size_t)(comma - names->rest.data);
    *name = slice_of(names->rest.data, len);
    len += comma != NULL;
    names->rest = slice_of(names->rest.data + len, names->rest.len - len);
    return true;
}

/* An alias of a payment, or the id of one that has events. */
static bool known_as(struct ledger *ledger, struct slice gateway, struct slice id, char out[256],
                     bool *paid)
{
    struct payment_events events;
    struct record_payment payment;
    bool alias = alias_find(ledger, gateway, id, out);
    if (!alias && !slice_copy(id, out, 256))
        return false;
    payment_find(ledger, gateway, slice_from(out), (struct slice){0}, &events);
    *paid = payment_of_kind(ledger, &events, PAYMENT_PAID, &payment);
    return alias || events.count > 0;
}
