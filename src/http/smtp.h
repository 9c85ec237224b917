/* What SMTP adds to a transfer of the client (client.h): the options of a mail, and what the server
 * replied last, which libcurl keeps to itself when a transfer fails. */
#ifndef USHER_HTTP_SMTP_H
#define USHER_HTTP_SMTP_H

#include "http/client.h"

#include <curl/curl.h>

struct smtp {
    struct curl_slist *to;
    unsigned status;   /* of the last whole reply, 0: none has come */
    struct buf reply;  /* its last line, without the line's end */
    int fd;            /* of the connection, -1: none is known */
    uint64_t heard_ms; /* mono: of the last line, or of the beginning */
};

void smtp_init(struct smtp *smtp);
void smtp_deinit(struct smtp *smtp);
/* Sets what client.c does not set for every transfer. False: out of memory. */
bool smtp_options(struct smtp *smtp, CURL *easy, const struct http_mail *mail);
/* A line of the server's, as it came. A last word ends the connection; whole: the end of the
 * message has left us. */
void smtp_line(struct smtp *smtp, struct slice line, bool whole);
/* What became of it. whole: the end of the message may have left us. */
enum http_failure smtp_outcome(const struct smtp *smtp, CURLcode code, bool whole);

#endif
