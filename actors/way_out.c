#include "actors/way_out.h"

#include "carrier/http/http.h"
#include "carrier/smtp/smtp.h"
#include "carrier/telegram/telegram.h"

enum { REQUEST_BYTES_MAX = 65536 };

static const struct carrier *const carriers[] = {[CARRIER_TELEGRAM] = &carrier_telegram,
                                                 [CARRIER_HTTP] = &carrier_http,
                                                 [CARRIER_SMTP] = &carrier_smtp};

static enum error hand_over(struct http_client *client, const struct request *request,
                            uint32_t timeout_ms, void *tag);

const struct carrier *way_out_carrier(const struct config_lane *lane)
{
    return carriers[lane->carrier];
}

enum error way_out_start(const struct config_lane *lane, struct http_client *client,
                         const struct outgoing *call, void *tag)
{
    const struct carrier *carrier = way_out_carrier(lane);
    const struct endpoint endpoint = {.url = lane->url,
                                      .secret = lane->secret,
                                      .scheme = lane->scheme,
                                      .key = lane->key,
                                      .user = lane->user,
                                      .sign = lane->sign,
                                      .serial = lane->serial,
                                      .from = lane->from,
                                      .tls = lane->tls};
    struct request request;
    struct buf scratch;
    buf_init(&scratch, REQUEST_BYTES_MAX);
    enum error error = carrier->request(&endpoint, call, &scratch, &request);
    if (error == ERROR_NONE)
        error = hand_over(client, &request, carrier->timeout_ms, tag);
    buf_deinit(&scratch);
    return error;
}

static enum error hand_over(struct http_client *client, const struct request *request,
                            uint32_t timeout_ms, void *tag)
{
    const struct envelope *mail = &request->mail;
    if (mail->to == NULL)
        return http_client_start(client, request->method != NULL ? request->method : "POST",
                                 request->url, request->headers, request->content_type,
                                 request->body, timeout_ms, tag);
    const struct http_mail letter = {.url = request->url,
                                     .from = mail->from,
                                     .to = mail->to,
                                     .user = mail->user,
                                     .password = mail->password,
                                     .tls = mail->tls,
                                     .message = request->body};
    return http_client_mail(client, &letter, timeout_ms, tag);
}
