/* The public pages: HTML of what the ledger answers, a JSON document, in one of three languages.
 * There is no script and nothing from elsewhere; every value is escaped (html.h). Pure: the same
 * input gives the same bytes. Used by one thread at a time, as its calendar is. */
#ifndef USHER_WEB_PAGE_H
#define USHER_WEB_PAGE_H

#include "base/json.h"
#include "config/config.h"
#include "text/calendar.h"

enum { PAGE_BYTES_MAX = 256 * 1024, PAGE_TOKEN_LENGTH = 32 };

/* What pages have in common. */
struct page_site {
    const struct config *config;
    struct calendar *calendar; /* of the community's zone; NULL: times are shown as UTC */
    struct slice bot;          /* the bot's name at Telegram, "": it is not known */
    bool phone;                /* the reader's browser is a phone's (choose.h) */
    struct slice source;       /* where the reader came from (choose.h), "": nobody says */
};

/* Of a plan of the configuration; seats: what the question seats_left of the module order answers.
 */
void page_plan(const struct page_site *site, const struct config_plan *plan, const cJSON *seats,
               enum language language, struct buf *out);
/* What the question order_page answers. */
void page_order(const struct page_site *site, const cJSON *order, struct slice token,
                enum language language, struct buf *out);

/* Has that page a button to tap, which posts to /o/TOKEN/pay? */
bool page_order_taps(const struct page_site *site, const cJSON *order);

enum page_notice { PAGE_NO_PLAN, PAGE_NO_ORDER, PAGE_BUSY, PAGE_NO_TAP };
void page_notice(const struct page_site *site, enum page_notice notice, enum language language,
                 struct buf *out);

#endif
