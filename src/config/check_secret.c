#include "config/check_secret.h"

static bool starts(struct slice text, const char *prefix);
static bool is_wrapped(struct slice text);

void check_secret(const struct scope *scope, size_t index, struct slice secret)
{
    static const char *const api_keys[] = {"sk_", "rk_", "pk_"};
    const struct config_gateway *gateway = scope->object;
    bool api_key = false;

    for (size_t i = 0; i < sizeof(api_keys) / sizeof(api_keys[0]); i++)
        api_key = api_key || starts(secret, api_keys[i]);
    if (gateway->kind == GATEWAY_STRIPE && api_key)
        scope_item_fault(scope, "secrets", index, NULL,
                         "the value is an API key of Stripe's; expected the signing secret of the "
                         "webhook endpoint, which begins with whsec_ (Stripe's dashboard, "
                         "Webhooks)");
    else if (gateway->kind == GATEWAY_STRIPE && !starts(secret, "whsec_"))
        scope_item_warn(scope, "secrets", index, NULL,
                        "the value does not begin with whsec_, as the signing secrets of Stripe's "
                        "webhook endpoints do: with another key no callback is accepted");
    else if (is_wrapped(secret))
        scope_item_warn(scope, "secrets", index, NULL,
                        "the value has quotes around it or a comment behind it, which would be "
                        "part of the secret: no callback is accepted unless the gateway has them "
                        "too");
}

static bool starts(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

/* As who passes the environment on may leave it (docker's --env-file keeps both). */
static bool is_wrapped(struct slice text)
{
    if (text.len >= 2 && (text.data[0] == '"' || text.data[0] == '\'') &&
        text.data[text.len - 1] == text.data[0])
        return true;
    for (size_t i = 1; i < text.len; i++)
        if (text.data[i] == '#' && text.data[i - 1] == ' ')
            return true;
    return false;
}
