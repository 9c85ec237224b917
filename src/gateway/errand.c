#include "gateway/errand.h"

static const struct errand_kind *const kinds[] = {
    [GATEWAY_STRIPE] = &errand_stripe,         [GATEWAY_CRYPTO_PAY] = &errand_crypto_pay,
    [GATEWAY_YOOKASSA] = &errand_yookassa,     [GATEWAY_PAYPAL] = &errand_paypal,
    [GATEWAY_WECHAT_PAY] = &errand_wechat_pay, [GATEWAY_ALIPAY] = &errand_alipay,
};

static const struct errand_kind *kind_of(const struct config_gateway *gateway, uint64_t what);

enum error errand_render(const struct config *config, const struct message_part_errand *errand,
                         struct buf *params, struct why *why)
{
    const struct config_gateway *gateway = config_gateway_find(config, errand->gateway);
    const struct errand_kind *kind = kind_of(gateway, errand->what);
    if (kind == NULL)
        return why_set(why, ERROR_INVALID, "no gateway %.*s that can do this is configured",
                       SLICE_ARG(errand->gateway));
    const struct errand_to to = {.gateway = gateway, .public_url = config->http.public_url};
    struct create_request request;
    create_request_init(&request, kind->type, kind->reads);
    if (!kind->writes[errand->what](&to, errand, &request.path, &request.body))
        request.error = why_set(why, ERROR_INVALID, "%s cannot do this with %.*s", gateway->name,
                                SLICE_ARG(errand->id));
    return create_request_end(&request, params, why);
}

/* NULL: it cannot. */
static const struct errand_kind *kind_of(const struct config_gateway *gateway, uint64_t what)
{
    if (gateway == NULL || what >= ERRAND_COUNT ||
        !config_gateway_does(gateway, (enum errand)what) ||
        (size_t)gateway->kind >= sizeof kinds / sizeof *kinds || kinds[gateway->kind] == NULL)
        return NULL;
    return kinds[gateway->kind]->writes[what] != NULL ? kinds[gateway->kind] : NULL;
}
