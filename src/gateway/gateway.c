#include "gateway/gateway.h"

#include "base/assert.h"
#include "gateway/kind.h"
#include "gateway/proof.h"

#include <stdlib.h>

static const struct kind *const kinds[] = {
    [GATEWAY_STRIPE] = &kind_stripe,
    [GATEWAY_BTCPAY] = &kind_btcpay,
    [GATEWAY_STANDARD_WEBHOOKS] = &kind_standard_webhooks,
    [GATEWAY_HMAC] = &kind_hmac,
};

static const struct {
    const char *name;
    unsigned status;
} verdicts[] = {
#define V(name, status) {#name, status},
    GATEWAY_VERDICT_LIST(V)
#undef V
};

static enum gateway_verdict translate(struct gateway *gateway,
                                      const struct gateway_request *request,
                                      struct payment_event *event);

enum error gateway_new(const struct config_gateway *config, struct gateway **out, struct why *why)
{
    struct why detail = {""};
    enum error error = ERROR_NONE;

    ASSERT((size_t)config->kind < sizeof(kinds) / sizeof(kinds[0]));
    *out = NULL;
    struct gateway *gateway = calloc(1, sizeof(*gateway));
    if (!gateway)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    gateway->config = config;
    gateway->kind = kinds[config->kind];

    const struct config_hmac *profile = gateway->kind->profile;
    uint64_t tolerance_ms = profile ? config->tolerance_ms : config->hmac.tolerance_ms;
    if (!profile)
        profile = &config->hmac;
    else if (!profile->timestamp_field && !profile->timestamp_header)
        tolerance_ms = 0;
    if (gateway->kind->check)
        error = gateway->kind->check(config, &detail);
    if (!error)
        error = proof_new(profile, tolerance_ms, config->secrets, config->secret_count,
                          &gateway->proof, &detail);
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
    static const struct payment_event nothing = {.amount = -1};

    *event = nothing;
    enum gateway_verdict verdict = proof_judge(gateway->proof, request);
    if (verdict == GATEWAY_accepted)
        verdict = translate(gateway, request, event);
    if (verdict != GATEWAY_accepted)
        *event = nothing;
    return verdict;
}

const char *gateway_ack(const struct gateway *gateway)
{
    const char *ack = gateway->kind->profile ? NULL : gateway->config->hmac.ack;

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

static enum gateway_verdict translate(struct gateway *gateway,
                                      const struct gateway_request *request,
                                      struct payment_event *event)
{
    cJSON *root;
    enum error error =
        json_parse(request->body, GATEWAY_BODY_MAX, GATEWAY_JSON_DEPTH_MAX, &root, NULL);

    if (error)
        return error == ERROR_MEMORY ? GATEWAY_busy : GATEWAY_body_not_json;
    enum gateway_verdict verdict = gateway->kind->translate(gateway->config, request, root, event);
    json_free(&root);
    return verdict;
}
