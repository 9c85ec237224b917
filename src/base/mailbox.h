/* Mailboxes as RFC 5322 writes them, the plain part of it: "ann@example.org" and "Club
 * <club@example.org>". No comments, no quoted local parts, no literal addresses; ASCII on both
 * sides of the '@'. So an address can stand in a header and in SMTP as it is. Pure. */
#ifndef USHER_BASE_MAILBOX_H
#define USHER_BASE_MAILBOX_H

#include "base/slice.h"

enum { MAILBOX_ADDRESS_MAX = 254, MAILBOX_NAME_MAX = 128 }; /* RFC 5321 section 4.5.3.1 */

bool mailbox_is_address(struct slice text);
/* name: without its quotes, empty when there is none. False, and nothing is set, when text is no
 * mailbox. */
bool mailbox_split(struct slice text, struct slice *name, struct slice *address);
/* Is it one line of text: well-formed UTF-8 without control characters? */
bool mailbox_is_line(struct slice text);

#endif
