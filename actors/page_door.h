/* The ingress's door for public pages: what comes in becomes a question for the ledger, parked like
 * any other request (parked_entry.page), and what comes back a page of pages.h. */
#ifndef USHER_ACTORS_PAGE_DOOR_H
#define USHER_ACTORS_PAGE_DOOR_H

#include "actors/answers.h"
#include "actors/pages.h"
#include "actors/post.h"

/* What the ingress lends; for its thread. */
struct page_door {
    const struct config *config;
    uint64_t origin;
    struct parked *parked;
    struct outlet *requests;
    struct answers *answers;
    /* Its own. */
    struct pages *pages;
    struct buf busy[LANGUAGE_COUNT]; /* the 503 page, made once: a flood gets it */
    struct buf scratch;
};

/* The lent fields are set, of answers the server before the first request. */
enum error page_door_open(struct page_door *door, struct why *why);
void page_door_close(struct page_door *door);
void page_door_use(struct page_door *door, const struct config *config);

/* GET of a page, or POST of a tap on one; bot: its name at Telegram, "" when unknown. Answered now
 * when there is no room. */
void page_door_ask(struct page_door *door, const struct http_request *request,
                   const struct route_match *match, struct slice bot);
void page_door_style(struct page_door *door, const struct http_request *request,
                     const struct route_match *match);

/* The verdict for an entry with a page, or that none will come. */
void page_door_verdict(struct page_door *door, const struct parked_entry *entry,
                       const struct message_verdict *verdict);
void page_door_give_up(struct page_door *door, const struct parked_entry *entry);

/* Readable while made pages wait; page_door_ready answers them. */
int page_door_fd(const struct page_door *door);
void page_door_ready(struct page_door *door);

#endif
