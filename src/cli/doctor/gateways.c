/* Each gateway: does it know us by our keys, asked for what changes nothing (a list, or a token).
 */
#include "cli/doctor/doctor.h"

#include "base/clock.h"
#include "carrier/http/who.h"
#include "gateway/check.h"

#include <stdio.h>

enum { WHO_BYTES_MAX = 4096, URL_BYTES_MAX = 4096, DAY_MS = 86400000 };

static const char area[] = "gateway";

static void look_at(struct doctor *doctor, const struct config_gateway *gateway);
static void ask_keys(struct doctor *doctor, const struct config_gateway *gateway);
static void warn_of_stars(struct doctor *doctor);

void doctor_gateways(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->config->gateway_count; i++)
        look_at(doctor, &doctor->config->gateways[i]);
    warn_of_stars(doctor);
}

static void look_at(struct doctor *doctor, const struct config_gateway *gateway)
{
    if (gateway->kind == GATEWAY_CRYPTO_PAY)
        doctor_say(doctor, HEALTH_NOTE, area, gateway->name,
                   "look once: @CryptoBot, Crypto Pay, My Apps, Webhooks",
                   "its callbacks come only after they were switched on in @CryptoBot");
    if (check_token_of(gateway) != NULL || check_lists(gateway) != NULL)
        ask_keys(doctor, gateway);
    else if (config_gateway_way(gateway).sign != LANE_SIGN_NOTHING)
        doctor_say(doctor, HEALTH_NOTE, area, gateway->name, NULL,
                   "not asked: it has no question that changes nothing; usher gateway trigger "
                   "tries its callbacks");
    else if (gateway->kind != GATEWAY_STARS)
        doctor_say(doctor, HEALTH_FINE, area, gateway->name, NULL,
                   "it calls us and is not asked; usher gateway trigger %s paid tries it",
                   gateway->name);
}

/* What to ask: for a token where requests go by one, else for the first page of a list. */
static void question(const struct config_gateway *gateway, const struct config_lane *way,
                     struct check_ask *ask, struct buf *url, struct doctor_ask *out)
{
    const struct check_token *token = check_token_of(gateway);
    const struct check_page page = {.since_ms = clock_real_ms() - DAY_MS};
    if (token != NULL) {
        buf_printf(url, "%s%s", way->url, token->path);
        *out = (struct doctor_ask){
            .method = "POST", .content_type = token->type, .body = slice_from(token->body)};
    } else {
        check_lists(gateway)->ask(gateway, &page, ask);
        struct slice path = buf_slice(&ask->path);
        buf_printf(url, "%s%.*s", way->url, SLICE_ARG(path));
        *out = (struct doctor_ask){
            .method = ask->method, .content_type = ask->type, .body = buf_slice(&ask->body)};
    }
    buf_append_u8(url, 0);
    out->url = url->data;
}

static void judge(struct doctor *doctor, const struct config_gateway *gateway, unsigned status,
                  const struct why *why)
{
    if (status >= 200 && status < 300)
        doctor_say(doctor, HEALTH_FINE, area, gateway->name, NULL, "knows us by our keys");
    else if (status == 401 || status == 403)
        doctor_say(doctor, HEALTH_MISSING, area, gateway->name,
                   "put the key that its dashboard shows into secrets.env, with the rights that "
                   "docs/GATEWAYS.md names, then reload",
                   "refuses our keys (%u)", status);
    else if (status == 0)
        doctor_say(doctor, HEALTH_MISSING, area, gateway->name,
                   "look whether this machine reaches it: DNS, firewall, api_url",
                   "does not answer: %.200s", why->text);
    else
        doctor_say(doctor, HEALTH_MISSING, area, gateway->name,
                   "look at api_url, and at what the gateway says of its own state", "answers %u",
                   status);
}

static void ask_keys(struct doctor *doctor, const struct config_gateway *gateway)
{
    const struct config_lane way = config_gateway_way(gateway);
    struct check_ask ask;
    struct doctor_ask asked = {0};
    struct buf who;
    struct buf url;
    struct why why = {""};

    if (way.url == NULL || way.secret[0] == '\0') {
        doctor_say(doctor, HEALTH_FINE, area, gateway->name, NULL,
                   "it calls us, and usher has no key to ask it");
        return;
    }
    check_ask_init(&ask);
    buf_init(&who, WHO_BYTES_MAX);
    buf_init(&url, URL_BYTES_MAX);
    http_who(&who, way.scheme, way.user, way.secret);
    buf_append_u8(&who, 0);
    question(gateway, &way, &ask, &url, &asked);
    if (!who.failed && !url.failed) {
        const char *const headers[] = {who.data, NULL};
        asked.headers = headers;
        unsigned status = doctor_fetch(doctor, &asked, &why);
        judge(doctor, gateway, status, &why);
    }
    buf_deinit(&who);
    buf_deinit(&url);
    check_ask_deinit(&ask);
}

/* Telegram's terms for bots, 6.2. */
static void warn_of_stars(struct doctor *doctor)
{
    size_t others = 0;
    for (size_t i = 0; i < doctor->config->gateway_count; i++)
        others += doctor->config->gateways[i].kind != GATEWAY_STARS;
    if (others == 0 || doctor->config->plan_count == 0)
        return;
    doctor_say(doctor, HEALTH_NOTE, area, "Telegram's terms",
               "sell over the plan's pages, outside Telegram, or take Stars; it is your decision",
               "digital goods sold inside a bot are for Telegram Stars only; %zu of the gateways "
               "%s other money, which risks a notice",
               others, others == 1 ? "takes" : "take");
}
