#include "config/config.h"

#include "base/assert.h"
#include "config/web.h"

enum {
    IN_FLIGHT_MIN = 16,
    IN_FLIGHT_MAX = 512,
    IN_FLIGHT_S = 10,        /* how long a slow server may take without slowing us down */
    GATEWAY_PER_SECOND = 20, /* below what the strictest of them lets through (Stripe: 25) */
    GATEWAY_IN_FLIGHT = 16
};

#define DOES(errand) (1U << (errand))

/* What a gateway is told who we are by (of one that has an account besides: Basic), where it is
 * when the configuration does not say, and what it can be told to do. BTCPay has no way to end an
 * invoice that leaves a payment alone which is under way, and gives nothing back without the payer.
 */
static const struct {
    const char *url;
    const char *scheme;
    const char *key; /* the header of what must be done once; NULL: Idempotency-Key */
    unsigned errands;
    bool parts;    /* its events tell each refund by itself, not what went back so far */
    bool singly;   /* each of its checkouts is asked about by itself: it has no list for all */
    bool numbered; /* it knows what was asked for by the number that we gave it, not by a key */
    enum lane_sign sign;
} makers[] = {
    [GATEWAY_STRIPE] = {.url = "https://api.stripe.com",
                        .scheme = "Authorization: Bearer ",
                        .errands = DOES(ERRAND_END) | DOES(ERRAND_REFUND) | DOES(ERRAND_PORTAL)},
    [GATEWAY_BTCPAY] = {.url = "http://127.0.0.1:23000", .scheme = "Authorization: token "},
    [GATEWAY_CRYPTO_PAY] = {.url = "https://pay.crypt.bot",
                            .scheme = "Crypto-Pay-API-Token: ",
                            .errands = DOES(ERRAND_END)},
    [GATEWAY_YOOKASSA] = {.url = "https://api.yookassa.ru",
                          .scheme = "Authorization: Basic ",
                          .key = "Idempotence-Key",
                          .errands = DOES(ERRAND_REFUND),
                          .parts = true},
    [GATEWAY_PAYPAL] = {.url = "https://api-m.paypal.com",
                        .scheme = "Authorization: Basic ",
                        .key = "PayPal-Request-Id",
                        .errands = DOES(ERRAND_CAPTURE) | DOES(ERRAND_REFUND),
                        .parts = true,
                        .singly = true},
    [GATEWAY_WECHAT_PAY] = {.url = "https://api.mch.weixin.qq.com",
                            .errands = DOES(ERRAND_REFUND),
                            .parts = true,
                            .singly = true,
                            .numbered = true,
                            .sign = LANE_SIGN_WECHAT_PAY},
    [GATEWAY_CRYPTOMUS] = {.url = "https://api.cryptomus.com", .sign = LANE_SIGN_CRYPTOMUS},
    [GATEWAY_ALIPAY] = {.url = "https://openapi.alipay.com/gateway.do",
                        .errands = DOES(ERRAND_REFUND),
                        .singly = true,
                        .numbered = true,
                        .sign = LANE_SIGN_ALIPAY},
};

static struct config_lane lane_of_a_bot(const struct config_bot *bot);
static struct config_lane lane_of_a_service(const struct config_service *service);
static uint32_t in_flight(uint32_t per_second);

size_t config_lane_count(const struct config *config)
{
    size_t count = config->bot_count + config->service_count;
    for (size_t i = 0; i < config->gateway_count; i++)
        count += config->gateways[i].create != CREATE_NOTHING;
    return count;
}

struct config_lane config_lane(const struct config *config, size_t index)
{
    ASSERT(index < config_lane_count(config));
    if (index < config->bot_count)
        return lane_of_a_bot(&config->bots[index]);
    index -= config->bot_count;
    if (index < config->service_count)
        return lane_of_a_service(&config->services[index]);
    index -= config->service_count;
    const struct config_gateway *gateway = config->gateways;
    while (gateway->create == CREATE_NOTHING || index-- > 0)
        gateway++;
    return config_gateway_way(gateway);
}

struct lane_name config_gateway_lane(const struct config_gateway *gateway)
{
    return lane_of("gateway", slice_from(gateway->name));
}

bool config_gateway_does(const struct config_gateway *gateway, enum errand errand)
{
    return gateway->create != CREATE_NOTHING && (makers[gateway->kind].errands & DOES(errand)) != 0;
}

bool config_gateway_tells_parts(const struct config_gateway *gateway)
{
    return (size_t)gateway->kind < sizeof makers / sizeof *makers && makers[gateway->kind].parts;
}

bool config_gateway_goes_by_numbers(const struct config_gateway *gateway)
{
    return (size_t)gateway->kind < sizeof makers / sizeof *makers && makers[gateway->kind].numbered;
}

bool config_gateway_asked_singly(const struct config_gateway *gateway)
{
    return gateway->create != CREATE_NOTHING && makers[gateway->kind].singly;
}

bool config_gateway_taps(const struct config_gateway *gateway)
{
    return gateway->create == CREATE_NATIVE_H5;
}

struct config_lane config_gateway_way(const struct config_gateway *gateway)
{
    size_t kind = (size_t)gateway->kind;
    if (kind >= sizeof makers / sizeof *makers || makers[kind].url == NULL)
        return (struct config_lane){.url = NULL};
    const char *secret = gateway->secret_key != NULL    ? gateway->secret_key
                         : gateway->api_key != NULL     ? gateway->api_key
                         : gateway->private_key != NULL ? gateway->private_key
                                                        : gateway->secrets[0];
    const char *user = gateway->shop_id != NULL     ? gateway->shop_id
                       : gateway->client_id != NULL ? gateway->client_id
                       : gateway->mch_id != NULL    ? gateway->mch_id
                                                    : gateway->merchant;
    return (struct config_lane){.name = config_gateway_lane(gateway),
                                .carrier = CARRIER_HTTP,
                                .url =
                                    gateway->api_url != NULL ? gateway->api_url : makers[kind].url,
                                .secret = secret == NULL ? "" : secret,
                                .scheme = makers[kind].scheme,
                                .key = makers[kind].key,
                                .user = user,
                                .sign = makers[kind].sign,
                                .serial = gateway->serial,
                                .per_second = GATEWAY_PER_SECOND,
                                .per_chat_per_second = 1,
                                .per_group_per_minute = 1,
                                .concurrency = GATEWAY_IN_FLIGHT};
}

bool config_lane_find(const struct config *config, struct slice name, size_t *index)
{
    for (size_t i = 0; i < config_lane_count(config); i++) {
        if (slice_is(name, config_lane(config, i).name.text)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static struct config_lane lane_of_a_bot(const struct config_bot *bot)
{
    return (struct config_lane){.name = lane_of_bot(slice_from(bot->name)),
                                .carrier = CARRIER_TELEGRAM,
                                .url = bot->api_url,
                                .secret = bot->token,
                                .per_second = bot->per_second,
                                .per_chat_per_second = bot->per_chat_per_second,
                                .per_group_per_minute = bot->per_group_per_minute,
                                .concurrency = in_flight(bot->per_second)};
}

/* It knows no chats: the limits of these are never spent. What stays on this machine needs no TLS.
 */
static struct config_lane lane_of_a_service(const struct config_service *service)
{
    bool mail = web_is_mail(slice_from(service->url));
    const char *secret = mail ? service->password : service->header;
    return (struct config_lane){.name = lane_of(mail ? "smtp" : "http", slice_from(service->name)),
                                .carrier = mail ? CARRIER_SMTP : CARRIER_HTTP,
                                .url = service->url,
                                .secret = secret == NULL ? "" : secret,
                                .user = mail ? service->user : NULL,
                                .from = service->from,
                                .tls = mail && !web_is_loopback(slice_from(service->url)),
                                .per_second = service->per_second,
                                .per_chat_per_second = 1,
                                .per_group_per_minute = 1,
                                .concurrency = service->concurrency};
}

static uint32_t in_flight(uint32_t per_second)
{
    uint32_t most =
        per_second < IN_FLIGHT_MAX / IN_FLIGHT_S ? per_second * IN_FLIGHT_S : IN_FLIGHT_MAX;
    return most < IN_FLIGHT_MIN ? IN_FLIGHT_MIN : most;
}
