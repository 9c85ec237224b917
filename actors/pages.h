/* The public pages of an ingress, made in a thread of their own, so that neither callbacks nor the
 * ledger wait for HTML. A page is begun when it is asked for, which costs one of PAGES_MAX places,
 * and too many at once are refused; the ledger's answer to its question is given to the thread, and
 * what comes out is taken from it:
 *
 *     ingress: pages_begin ─▶ question by the usual way ─▶ verdict: pages_give ─▶ thread: HTML
 *              pages_end ◀── answered ◀── pages_take ◀───────────────────────────────┘
 *
 * All functions are for the ingress's thread. */
#ifndef USHER_ACTORS_PAGES_H
#define USHER_ACTORS_PAGES_H

#include "base/json.h"
#include "config/config.h"
#include "http/parked.h"
#include "http/route.h"
#include "http/server.h"

enum { PAGES_MAX = 64, PAGES_PATH_SIZE = 96, PAGES_BOT_MAX = 64 };

struct pages;

/* config must outlive it, or until pages_use names another. */
enum error pages_new(const struct config *config, struct pages **out, struct why *why);
void pages_destroy(struct pages **pages);
/* Another configuration; the one of before is not looked at any more when this returns. */
void pages_use(struct pages *pages, const struct config *config);

/* Whom a page is for. bot: its name at Telegram, "" when unknown. */
struct pages_reader {
    enum language language;
    struct slice bot;
    struct slice query; /* as they asked for it */
    bool phone;         /* it is a phone's browser (web/choose.h) */
};

/* Begins the page of a route: /p/PLAN, /o/TOKEN or /o/TOKEN/state, or a tap on one: /o/TOKEN/pay;
 * 0: too many are being made. path becomes that of the question to put, which takes equally long
 * whether such an order is there, never was, or cannot be; "": none, the answer is 404. */
uint32_t pages_begin(struct pages *pages, const struct route_match *match,
                     const struct pages_reader *reader, char path[PAGES_PATH_SIZE]);
/* Is what follows /o/ a tap, which is posted? */
bool pages_is_tap(struct slice name);
/* Is this a tap that was begun, whose gateway has not been asked yet? */
bool pages_taps(const struct pages *pages, uint32_t page);
/* The answer to its question: true when its gateway is to be asked where this order is paid, of
 * which json tells; asked then becomes the message for that, without who asks, and points into json
 * and scratch. The answer to it is given like that of a page: 200 and the place. */
bool pages_tap(struct pages *pages, uint32_t page, const cJSON *json, struct buf *scratch,
               struct message_request *asked);
/* The answer: its status, and for 200 a JSON document. entry: who waits for the page. */
void pages_give(struct pages *pages, uint32_t page, const struct parked_entry *entry,
                unsigned status, struct slice json);
/* Readable while made pages wait to be taken. */
int pages_fd(const struct pages *pages);
/* The next page that is made, good until pages_end; 0: there is none now. */
uint32_t pages_take(struct pages *pages, struct parked_entry *entry, struct http_answer *answer);
/* Its place is free. For a page that was begun and not given, or was taken. */
void pages_end(struct pages *pages, uint32_t page);

/* A 503 with this page. */
void pages_busy(struct slice html, struct http_answer *answer);
/* The style sheet: 200, 304 when the asker has it, 404 when that is not its name. */
void pages_style(struct slice name, struct slice if_none_match, struct http_answer *answer);

#endif
