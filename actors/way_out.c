#include "actors/way_out.h"

#include "carrier/http/http.h"
#include "carrier/http/who.h"
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

const struct check_token *way_out_token(const struct config *config, const struct config_lane *lane)
{
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct lane_name name = config_gateway_lane(&config->gateways[i]);
        if (strcmp(name.text, lane->name.text) == 0)
            return check_token_of(&config->gateways[i]);
    }
    return NULL;
}

enum error way_out_fetch_token(const struct config_lane *lane, const struct check_token *how,
                               struct http_client *client, void *tag)
{
    enum error error = ERROR_MEMORY;
    struct buf url, who;
    buf_init(&url, REQUEST_BYTES_MAX);
    buf_init(&who, REQUEST_BYTES_MAX);
    buf_printf(&url, "%s%s", lane->url, how->path);
    buf_append_u8(&url, 0);
    http_who(&who, lane->scheme, lane->user, lane->secret);
    buf_append_u8(&who, 0);
    if (!url.failed && !who.failed) {
        const char *const headers[] = {who.data, NULL};
        error = http_client_start(client, "POST", url.data, headers, how->type,
                                  slice_from(how->body), HTTP_TIMEOUT_MS, tag);
    }
    buf_deinit(&url);
    buf_deinit(&who);
    return error;
}
