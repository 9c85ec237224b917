/* What stands around every page: head, languages, rules and links below. The inside of page.h. */
#ifndef USHER_WEB_FRAME_H
#define USHER_WEB_FRAME_H

#include "web/html.h"
#include "web/page.h"
#include "web/words.h"

/* A page in the making. */
struct frame {
    const struct page_site *site;
    enum language language;
    struct buf *out;
};

/* Up to <main>; title is a value. private: for whoever has the address only, so no search engine.
 */
void frame_begin(const struct frame *frame, struct slice title, bool private, const char *layout);
/* The card with renewal, refunds and support; plan may be NULL. */
void frame_rules(const struct frame *frame, const struct config_plan *plan);
/* To the end of the page. legal: with the terms and the privacy text, or links to them. */
void frame_end(const struct frame *frame, bool legal);

/* A word with its values. */
#define frame_say(frame, word, ...)                                                                \
    html_put((frame)->out, word_get(WORD_##word, (frame)->language), __VA_ARGS__)
/* t.me/BOT?start=PAYLOAD, or t.me/BOT; "" when no bot is known. */
struct slice frame_bot_url(const struct frame *frame, const char *prefix, struct slice rest,
                           char *out, size_t out_size);
/* A link that looks like a button; nothing when url may not be followed. */
void frame_button(const struct frame *frame, const char *class, struct slice url, enum word word,
                  struct slice value);
/* The QR code of url with what it is for below; nothing when url is "". */
void frame_scan(const struct frame *frame, struct slice url, enum word word);
/* <time> in the community's zone. */
void frame_time(const struct frame *frame, struct slice utc);
/* The same as text. */
void frame_time_text(const struct frame *frame, struct slice utc, char *out, size_t out_size);
/* In the reader's words; the text itself when it is no period. */
void frame_period_text(const struct frame *frame, struct slice period, char *out, size_t out_size);

#endif
