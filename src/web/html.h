/* HTML into a buffer. What is written is a template of ours, a string literal or a row of
 * words.def, and values for its places $1 to $9. Every value is escaped, here and nowhere else, so
 * that no caller can forget it: & < > " ' become references, what is no UTF-8 and control
 * characters but line breaks and tabs become U+FFFD. An attribute's value always stands in quotes.
 * Pure. */
#ifndef USHER_WEB_HTML_H
#define USHER_WEB_HTML_H

#include "base/buf.h"

void html_values(struct buf *out, const char *template, const struct slice *values, size_t count);
#define html_put(out, template, ...)                                                               \
    html_values(out, template, (const struct slice[]){{NULL, 0}, __VA_ARGS__},                     \
                sizeof((const struct slice[]){{NULL, 0}, __VA_ARGS__}) / sizeof(struct slice))

/* Text with its line breaks kept, an empty line begins a paragraph. */
void html_paragraphs(struct buf *out, struct slice text);

/* An address that may be followed: http, https or tg, and no blanks or control characters. */
bool html_may_link(struct slice url);
/* Begins a link of this class ("": none), which "</a>" ends. False, and nothing is written, when
 * the address may not be followed. */
bool html_link_open(struct buf *out, const char *class, struct slice url);
/* A link of this class ("": none) to another place; only its text when the address may not be
 * followed. */
void html_link(struct buf *out, const char *class, struct slice url, struct slice text);

#endif
