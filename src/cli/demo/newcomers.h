/* Two buyers of the demo's sale who order themselves: one in the bot, by its buttons; the other on
 * a page and without Telegram, where they open the order once it is paid. Both then pay in the
 * sale, as all do. */
#ifndef USHER_CLI_DEMO_NEWCOMERS_H
#define USHER_CLI_DEMO_NEWCOMERS_H

#include "cli/demo/sale.h"

struct newcomer {
    struct buyer *buyer;
    char amount[32]; /* what the order asks for */
};

struct newcomers {
    struct world *world;
    uint64_t start_ms; /* of the demo, for its lines */
    struct newcomer by_bot;
    struct newcomer by_page;
    char page[128]; /* the path of the order's */
    bool opened;    /* by its link, on Telegram */
    bool bot_right; /* known when newcomers_conclude returns */
    bool page_right;
};

/* Lets both order, which takes a few seconds: the bot is asked for its plans, and buttons are
 * pressed as soon as they are there. Behind regulars_order, and before the callbacks are made. */
enum error newcomers_order(struct newcomers *newcomers, struct sale *sale, uint64_t start_ms,
                           struct why *why);
/* Opens the order of the page on Telegram when the page says that it is paid. */
enum error newcomers_see(struct newcomers *newcomers, struct why *why);
/* The table at the demo's end. */
enum error newcomers_conclude(struct newcomers *newcomers, struct why *why);

#endif
