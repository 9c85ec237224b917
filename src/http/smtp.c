#include "http/smtp.h"

#include "base/clock.h"

#include <sys/socket.h>

enum {
    REPLY_S_MAX = 15, /* for one reply */
    REPLY_SLACK_S = 2,
    REPLY_BYTES_MAX = 1024, /* RFC 5321 section 4.5.3.1.5 allows 512 */
    REPLY_GO_ON = 354,
    REPLY_BYE = 221 /* to the QUIT that libcurl says behind a refusal */
};

static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up);

void smtp_init(struct smtp *smtp)
{
    *smtp = (struct smtp){.fd = -1};
    buf_init(&smtp->reply, REPLY_BYTES_MAX);
}

void smtp_deinit(struct smtp *smtp)
{
    curl_slist_free_all(smtp->to);
    buf_deinit(&smtp->reply);
    smtp->to = NULL;
}

/* A connection of its own: one that is kept ends with a QUIT whose answer libcurl waits for, up to
 * two minutes at a stretch, when it is closed. */
bool smtp_options(struct smtp *smtp, CURL *easy, const struct http_mail *mail)
{
    long ssl = mail->tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE;
    smtp->to = curl_slist_append(NULL, mail->to);
    smtp->heard_ms = clock_mono_ms();
    if (smtp->to == NULL || curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") != CURLE_OK)
        return false;
    if (mail->user != NULL &&
        (curl_easy_setopt(easy, CURLOPT_USERNAME, mail->user) != CURLE_OK ||
         curl_easy_setopt(easy, CURLOPT_PASSWORD, mail->password) != CURLE_OK))
        return false;
    return curl_easy_setopt(easy, CURLOPT_USE_SSL, ssl) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, smtp->to) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                            (long)(REPLY_S_MAX + REPLY_SLACK_S)) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFODATA, smtp) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->message.len) ==
               CURLE_OK;
}

/* "250-first", "250 last", RFC 5321 section 4.2.1. Behind the last word nothing can be said any
 * more, so libcurl's QUIT fails at once, and nobody waits for its answer. */
void smtp_line(struct smtp *smtp, struct slice line, bool whole)
{
    while (line.len > 0 && (line.data[line.len - 1] == '\r' || line.data[line.len - 1] == '\n'))
        line.len--;
    unsigned status = 0;
    smtp->heard_ms = clock_mono_ms();
    for (size_t i = 0; i < 3; i++) {
        if (i >= line.len || line.data[i] < '0' || line.data[i] > '9')
            return;
        status = status * 10 + (unsigned)(line.data[i] - '0');
    }
    if ((line.len > 3 && line.data[3] != ' ') || status == REPLY_BYE)
        return;
    smtp->status = status;
    if ((status >= 400 || (whole && status != REPLY_GO_ON)) && smtp->fd >= 0)
        (void)shutdown(smtp->fd, SHUT_RDWR);
    buf_clear(&smtp->reply);
    buf_append_slice(&smtp->reply,
                     slice_of(line.data, line.len < REPLY_BYTES_MAX ? line.len : REPLY_BYTES_MAX));
}

/* Also called, every second, while libcurl waits at a stretch: for the reply to a message, and then
 * once more, for that to its QUIT, unless the connection is gone. */
static int on_progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all,
                       curl_off_t up)
{
    const struct smtp *smtp = context;
    (void)down_all;
    (void)down;
    (void)up_all;
    (void)up;
    if (smtp->fd >= 0 && clock_mono_ms() - smtp->heard_ms >= UINT64_C(1000) * REPLY_S_MAX)
        (void)shutdown(smtp->fd, SHUT_RDWR);
    return 0;
}

/* A server acts on a mail with the dot at its end and not before (RFC 5321 section 4.1.1.4), so
 * without that nothing is in doubt. A refusal that was the last word is an answer, however libcurl
 * calls it. */
enum http_failure smtp_outcome(const struct smtp *smtp, CURLcode code, bool whole)
{
    if (code == CURLE_OK || smtp->status >= 400)
        return HTTP_ANSWERED;
    return whole ? HTTP_IN_DOUBT : HTTP_NOT_SENT;
}
