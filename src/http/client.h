/* HTTP out, and mail by SMTP, on libcurl's multi interface: keep-alive, HTTP/2 where the server
 * offers it, TLS verified. Used by one thread; it never blocks. The owner waits until
 * http_client_fd is readable or http_client_timeout_ms passed, then calls http_client_run, which
 * calls back for each finished transfer. curl.h is seen only behind this header. */
#ifndef USHER_HTTP_CLIENT_H
#define USHER_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

struct http_client;

struct http_client_options {
    uint32_t connections_max; /* a host */
    uint32_t body_bytes_max;  /* of an answer */
};

enum http_failure {
    HTTP_ANSWERED = 0, /* a complete answer of any status */
    HTTP_NOT_SENT,     /* certain that the server did not act: resolve, connect, TLS failed */
    HTTP_IN_DOUBT /* the request may have been acted on: timeout, connection lost, bad answer */
};

struct http_result {
    void *tag;
    enum http_failure failure;
    unsigned status;
    uint32_t retry_after_s; /* of the Retry-After header, 0 when there is none */
    uint64_t date_ms;       /* of the Date header, 0 when there is none */
    struct slice body;      /* valid during the call back only */
    const char *error;      /* libcurl's words without the URL; "" when answered */
    uint64_t duration_us;
};

typedef void http_client_done_fn(void *context, const struct http_result *result);

enum error http_client_new(const struct http_client_options *options, http_client_done_fn *done,
                           void *context, struct http_client **out);
/* Transfers under way are cut off without a call back. */
void http_client_destroy(struct http_client **client);

/* Starts a transfer; url and body are copied. method "GET", "DELETE" or "POST" (content_type and a
 * body for POST only). The call back comes from http_client_run, never from here. headers: "Name:
 * value" strings or NULL. ERROR_BUSY when connections_max transfers are under way. */
enum error http_client_start(struct http_client *client, const char *method, const char *url,
                             const char *const *headers, const char *content_type,
                             struct slice body, uint32_t timeout_ms, void *tag);

/* A mail to one address. */
struct http_mail {
    const char *url; /* smtp:// or smtps:// */
    const char *from;
    const char *to;
    const char *user; /* NULL: without authentication */
    const char *password;
    bool tls; /* smtp:// goes on by STARTTLS, or not at all; false: in the clear */
    struct slice message;
};

/* The same for a mail: its call back has the server's last reply, as its status and its body, also
 * where that is a refusal. libcurl waits for the reply to a message at a stretch: for so long, 15 s
 * at most, http_client_run does not come back, so that a mail server has a client of its own.
 * Without one the mail is in doubt only when the end of the message may have gone out. */
enum error http_client_mail(struct http_client *client, const struct http_mail *mail,
                            uint32_t timeout_ms, void *tag);
int http_client_fd(const struct http_client *client);
/* Milliseconds until http_client_run wants to be called anyway; -1: only when readable. */
long http_client_timeout_ms(struct http_client *client);
void http_client_run(struct http_client *client);
size_t http_client_busy(const struct http_client *client);

#endif
