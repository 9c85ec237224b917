/* An e-mail as RFC 5322 and 2045 to 2047 write it: plain text in UTF-8, a subject and a sender's
 * name in encoded words where they are not plain ASCII. What could begin a line of its own in a
 * header is refused, not repaired. Pure. */
#ifndef USHER_CARRIER_SMTP_MESSAGE_H
#define USHER_CARRIER_SMTP_MESSAGE_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

enum { MAIL_SUBJECT_BYTES_MAX = 512, MAIL_TEXT_BYTES_MAX = 32768 };

struct mail {
    struct slice from; /* "Club <club@example.org>" */
    struct slice to;   /* an address */
    struct slice subject;
    struct slice text;
    uint64_t number; /* makes the Message-ID, with what is said: the same mail has the same */
    uint64_t at_ms;  /* the Date */
};

/* Appends the message. ERROR_INVALID when something is no mailbox, address, line or text;
 * ERROR_TOO_LARGE, ERROR_MEMORY. */
enum error mail_write(const struct mail *mail, struct buf *out);

#endif
