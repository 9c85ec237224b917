/* Prices that renew by themselves: some gateway must be able to charge them again. */
#include "config/check.h"
#include "config/reader.h"

enum {
    STARS_MAX = 10000, /* Bot API, createInvoiceLink: of a subscription */
    STARS_DAYS = 30,
    STRIPE_MONTHS_MAX = 36, /* docs.stripe.com/api: recurring.interval_count */
    STRIPE_DAYS_MAX = 1095,
    GRACE_MS_MIN = 24 * 3600 * 1000
};

static const char *fault_of(const struct config *config, const struct config_plan *plan,
                            const struct config_price *price);
static bool charged(const struct config *config, const struct config_price *price);
static bool takes(const struct config_gateway *gateway, const char *currency);

void check_renews(const struct scope *scope)
{
    const struct config *config = scope->loader->config;
    for (size_t i = 0; i < config->plan_count; i++) {
        const struct config_plan *plan = &config->plans[i];
        for (size_t j = 0; j < plan->price_count; j++) {
            const char *fault = fault_of(config, plan, &plan->prices[j]);
            if (fault != NULL)
                scope_item_fault(scope, "plans", i, "prices", "item %zu renews by itself, %s", j,
                                 fault);
        }
    }
}

/* NULL: there is none. */
static const char *fault_of(const struct config *config, const struct config_plan *plan,
                            const struct config_price *price)
{
    bool stars = strcmp(price->currency, "XTR") == 0;
    if (!price->renews || price->currency[0] == 0)
        return NULL;
    if (price->amount <= 0)
        return "and costs nothing; expected an amount above 0";
    if (!charged(config, price))
        return "but no gateway can charge it; expected one of kind stripe with create: session "
               "that "
               "takes its currency, or of kind stars for XTR";
    if (stars && price->amount > STARS_MAX)
        return "in more Stars than a subscription may cost; expected at most 10000";
    if (stars && (price->period.months != 0 || price->period.days != STARS_DAYS))
        return "in Stars, which Telegram charges every 30 days; expected period: 30 days";
    if (!stars &&
        (price->period.months > STRIPE_MONTHS_MAX || price->period.days > STRIPE_DAYS_MAX))
        return "less often than Stripe charges; expected a period of at most 3 years";
    if (plan->grace_ms < GRACE_MS_MIN)
        return "but its plan has no grace of a day: gateways charge an hour or more behind the end "
               "of a period, and who has paid would be out until then; expected grace: 1 day or "
               "more";
    return NULL;
}

static bool charged(const struct config *config, const struct config_price *price)
{
    for (size_t i = 0; i < config->gateway_count; i++)
        if (config_gateway_renews(&config->gateways[i]) &&
            takes(&config->gateways[i], price->currency))
            return true;
    return false;
}

static bool takes(const struct config_gateway *gateway, const char *currency)
{
    bool stars = strcmp(currency, "XTR") == 0;
    if (gateway->kind == GATEWAY_STARS || gateway->currency_count == 0)
        return stars == (gateway->kind == GATEWAY_STARS);
    for (size_t i = 0; i < gateway->currency_count; i++)
        if (strcmp(gateway->currencies[i], currency) == 0)
            return true;
    return false;
}
