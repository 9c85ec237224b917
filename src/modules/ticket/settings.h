/* The configuration's section `support`. Sees nothing of the ledger, whose words are others. */
#ifndef USHER_MODULES_TICKET_SETTINGS_H
#define USHER_MODULES_TICKET_SETTINGS_H

#include "config/config.h"

enum { SUPPORT_ROSTER_MAX = 50, SUPPORT_HOURS_BYTES_MAX = 256 };

struct config_sla {
    uint64_t first_ms;
    uint64_t resolve_ms;
};

struct config_support {
    int64_t chat_id; /* 0: there is no support */
    const struct config_bot *bot;
    bool topics;
    char *hours;
    int64_t *roster;
    size_t roster_count;
    struct config_sla payment;
    struct config_sla normal;
    char *warn_text;
    uint32_t warn_at; /* percent */
    uint64_t followup_ms;
};

struct config_module;
extern const struct config_module config_of_ticket;

/* What of it the ledger knows, as a row of the catalog: in support.c. */
void support_catalog(const struct config *config, const void *own, struct buf *rows);

#endif
