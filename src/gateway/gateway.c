#include "gateway/gateway.h"

#include "base/assert.h"
#include "gateway/body.h"
#include "gateway/check.h"
#include "gateway/kind.h"
#include "gateway/proof.h"

#include <stdlib.h>

static const struct kind *const kinds[] = {
    [GATEWAY_STRIPE] = &kind_stripe,
    [GATEWAY_BTCPAY] = &kind_btcpay,
    [GATEWAY_STANDARD_WEBHOOKS] = &kind_standard_webhooks,
    [GATEWAY_HMAC] = &kind_hmac,
    [GATEWAY_CRYPTO_PAY] = &kind_crypto_pay,
    [GATEWAY_CRYPTOMUS] = &kind_cryptomus,
    [GATEWAY_WECHAT_PAY] = &kind_wechat_pay,
    [GATEWAY_ALIPAY] = &kind_alipay,
    [GATEWAY_YOOKASSA] = &kind_yookassa,
    [GATEWAY_PAYPAL] = &kind_paypal,
};

static const struct {
    const char *name;
    unsigned status;
    const char *remedy;
} verdicts[] = {
#define V(name, status, remedy) {#name, status, remedy},
    GATEWAY_VERDICT_LIST(V)
#undef V
};

static const struct kind *kind_of(const struct config_gateway *config);
static const struct config_hmac *profile_of(const struct gateway *gateway);
static enum gateway_verdict judge(struct gateway *gateway, const struct gateway_request *request,
                                  struct payment_event *event, struct gateway_trace *trace);

enum error gateway_new(const struct config_gateway *config, struct gateway **out, struct why *why)
{
    struct why detail = {""};
    enum error error = ERROR_NONE;

    *out = NULL;
    if (!config_gateway_calls(config))
        return ERROR_NONE;
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    if (!gateway)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    gateway->config = config;
    gateway->kind = kind_of(config);

    const struct config_hmac *profile = profile_of(gateway);
    bool own = profile == gateway->kind->profile;
    bool timed = profile->timestamp_field || profile->timestamp_header;
    uint64_t tolerance_ms = !own ? profile->tolerance_ms : timed ? config->tolerance_ms : 0;
    if (gateway->kind->check)
        error = gateway->kind->check(config, &detail);
    if (!error && !gateway->kind->unproved)
        error = proof_new(profile, tolerance_ms, config, &gateway->proof, &detail);
    if (error) {
        gateway_destroy(&gateway);
        return why_set(why, error, "gateway %s: %s", config->name, detail.text);
    }
    *out = gateway;
    return ERROR_NONE;
}

void gateway_destroy(struct gateway **gateway)
{
    if (!*gateway)
        return;
    proof_destroy(&(*gateway)->proof);
    free(*gateway);
    *gateway = NULL;
}

enum gateway_verdict gateway_judge(struct gateway *gateway, const struct gateway_request *request,
                                   struct payment_event *event)
{
    return gateway_explain(gateway, request, event, NULL);
}

enum gateway_verdict gateway_explain(struct gateway *gateway, const struct gateway_request *request,
                                     struct payment_event *event, struct gateway_trace *trace)
{
    static const struct payment_event nothing = {.amount = -1};

    *event = nothing;
    enum gateway_verdict verdict = judge(gateway, request, event, trace);
    if (verdict != GATEWAY_accepted)
        *event = nothing;
    return verdict;
}

enum gateway_verdict gateway_read(const struct config_gateway *config,
                                  const struct gateway_request *request, cJSON **root,
                                  struct payment_event *event)
{
    static const struct payment_event nothing = {.amount = -1};
    const struct kind *kind = kind_of(config);
    const struct config_hmac *profile = kind->profile ? kind->profile : &config->hmac;

    *event = nothing;
    enum gateway_verdict verdict = body_read(profile->body, request, root);
    return verdict == GATEWAY_accepted ? kind->translate(config, request, *root, event) : verdict;
}

const char *gateway_ack(const struct gateway *gateway)
{
    return gateway_ack_of(gateway->config);
}

const char *gateway_ack_of(const struct config_gateway *config)
{
    const struct kind *kind = kind_of(config);
    const char *ack = kind->profile || kind->unproved ? kind->ack : config->hmac.ack;

    return ack ? ack : "ok";
}

const char *gateway_verdict_name(enum gateway_verdict verdict)
{
    ASSERT((size_t)verdict < sizeof(verdicts) / sizeof(verdicts[0]));
    return verdicts[verdict].name;
}

unsigned gateway_verdict_status(enum gateway_verdict verdict)
{
    ASSERT((size_t)verdict < sizeof(verdicts) / sizeof(verdicts[0]));
    return verdicts[verdict].status;
}

const char *gateway_verdict_remedy(enum gateway_verdict verdict)
{
    ASSERT((size_t)verdict < sizeof(verdicts) / sizeof(verdicts[0]));
    return verdicts[verdict].remedy;
}

static const struct kind *kind_of(const struct config_gateway *config)
{
    ASSERT((size_t)config->kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[config->kind]);
    return kinds[config->kind];
}

/* How this gateway signs. */
static const struct config_hmac *profile_of(const struct gateway *gateway)
{
    return gateway->kind->profile ? gateway->kind->profile : &gateway->config->hmac;
}

/* A body that must be read before it is proved, and cannot be, proves nothing: that is no body of
 * this gateway's. */
static enum gateway_verdict judge(struct gateway *gateway, const struct gateway_request *request,
                                  struct payment_event *event, struct gateway_trace *trace)
{
    enum body_form form = profile_of(gateway)->body;
    bool proves = gateway->proof != NULL;
    bool first = !proves || proof_reads_body(gateway->proof);
    enum gateway_verdict verdict = GATEWAY_accepted;
    cJSON *root = NULL;

    if (trace)
        trace->unproved = !proves;
    if (first)
        verdict = body_read(form, request, &root);
    if (verdict == GATEWAY_busy)
        return GATEWAY_busy;
    if (proves)
        verdict = proof_judge(gateway->proof, request, root, trace);
    if (verdict == GATEWAY_accepted && !first)
        verdict = body_read(form, request, &root);
    if (verdict == GATEWAY_accepted) {
        if (trace)
            trace->read = true;
        verdict = gateway->kind->translate(gateway->config, request, root, event);
        if (verdict == GATEWAY_accepted && check_wanted(gateway->config))
            verdict = GATEWAY_unchecked;
    }
    json_free(&root);
    return verdict;
}
