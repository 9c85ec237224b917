#include "gateway/check.h"

#include "gateway/body.h"
#include "gateway/kind.h"

#include <string.h>

enum { TOKEN_SPARE_S = 60, TOKEN_LIFE_S_MAX = 30 * 24 * 3600, ANSWER_DEPTH_MAX = 32 };

static const struct check_kind *const kinds[] = {
    [GATEWAY_STRIPE] = &check_stripe,         [GATEWAY_BTCPAY] = &check_btcpay,
    [GATEWAY_CRYPTO_PAY] = &check_crypto_pay, [GATEWAY_YOOKASSA] = &check_yookassa,
    [GATEWAY_PAYPAL] = &check_paypal,         [GATEWAY_WECHAT_PAY] = &check_wechat_pay,
    [GATEWAY_ALIPAY] = &check_alipay,
};

/* NULL for one that cannot be asked. */
static const struct check_kind *kind_of(const struct config_gateway *config);
static enum gateway_verdict judge_refusal(const struct check_kind *kind, const struct check *check,
                                          unsigned status, struct payment_event *event);

void check_ask_init(struct check_ask *ask)
{
    *ask = (struct check_ask){.method = "GET"};
    buf_init(&ask->path, CHECK_PATH_MAX);
    buf_init(&ask->body, CHECK_BODY_MAX);
}

void check_ask_deinit(struct check_ask *ask)
{
    buf_deinit(&ask->path);
    buf_deinit(&ask->body);
}

void check_ask_clear(struct check_ask *ask)
{
    ask->method = "GET";
    ask->type = NULL;
    ask->token = false;
    buf_clear(&ask->path);
    buf_clear(&ask->body);
}

bool check_wanted(const struct config_gateway *config)
{
    const struct check_kind *kind = kind_of(config);
    return kind != NULL && kind->begin != NULL;
}

bool check_about(const struct config_gateway *config, struct slice id, struct check *check,
                 struct check_ask *ask)
{
    const struct check_kind *kind = kind_of(config);
    *check = (struct check){.ours = true, .event = {.amount = -1}};
    check_ask_clear(ask);
    return kind != NULL && kind->about != NULL && kind->about(config, id, check, ask) &&
           !ask->path.failed && !ask->body.failed;
}

const struct check_list *check_lists(const struct config_gateway *config)
{
    const struct check_kind *kind = kind_of(config);
    return kind != NULL ? kind->lists : NULL;
}

enum gateway_verdict check_begin(const struct config_gateway *config,
                                 const struct gateway_request *callback, struct check *check,
                                 struct check_ask *ask)
{
    const struct check_kind *kind = kind_of(config);
    cJSON *root = NULL;
    *check = (struct check){.event = {.amount = -1}};
    check_ask_clear(ask);
    if (kind == NULL || kind->begin == NULL)
        return GATEWAY_busy; /* the verifier has another configuration: it comes again */
    enum gateway_verdict verdict = gateway_read(config, callback, &root, &check->event);
    if (verdict == GATEWAY_accepted || verdict == GATEWAY_unchecked)
        verdict = kind->begin(config, callback, root, check, ask);
    if (verdict == GATEWAY_unchecked && (ask->path.failed || ask->body.failed))
        verdict = ask->path.starved || ask->body.starved ? GATEWAY_busy : GATEWAY_id_unusable;
    json_free(&root);
    return verdict;
}

enum gateway_verdict check_judge(const struct config_gateway *config, struct check *check,
                                 unsigned status, struct slice body, struct check_ask *ask,
                                 struct payment_event *event)
{
    static const struct payment_event nothing = {.amount = -1};
    const struct check_kind *kind = kind_of(config);
    cJSON *root = NULL;
    *event = nothing;
    check_ask_clear(ask);
    if (kind == NULL)
        return GATEWAY_busy;
    if (status == 404 && kind->missing != NULL && kind->missing(config, check, ask)) {
        check->step++;
        return ask->path.failed || ask->body.failed ? GATEWAY_busy : GATEWAY_unchecked;
    }
    if (status < 200 || status > 299)
        return judge_refusal(kind, check, status, event);
    enum error error = json_parse_mended(body, CHECK_ANSWER_MAX, ANSWER_DEPTH_MAX, &root, NULL);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY ? GATEWAY_busy : GATEWAY_not_answered;
    const struct check_answer answer = {.status = status, .root = root};
    enum gateway_verdict verdict = kind->judge(config, check, &answer, ask, event);
    check->step++;
    json_free(&root);
    if (verdict == GATEWAY_unchecked && (ask->path.failed || ask->body.failed))
        verdict = GATEWAY_busy;
    if (verdict != GATEWAY_accepted)
        *event = nothing;
    return verdict;
}

const struct check_token *check_token_of(const struct config_gateway *config)
{
    const struct check_kind *kind = kind_of(config);
    return kind == NULL ? NULL : kind->token;
}

bool check_read_token(struct slice body, char out[CHECK_TOKEN_MAX + 1], uint64_t *lives_ms)
{
    cJSON *root = NULL;
    int64_t lives_s = 0;
    out[0] = '\0';
    *lives_ms = 0;
    if (json_parse(body, CHECK_ANSWER_MAX, ANSWER_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return false;
    struct slice token = json_string(json_member(root, "access_token"));
    bool good = token.len > 0 && json_i64(json_member(root, "expires_in"), &lives_s);
    for (size_t i = 0; good && i < token.len; i++)
        good = token.data[i] > ' ' && token.data[i] <= '~';
    good = good && slice_copy(token, out, CHECK_TOKEN_MAX + 1);
    if (!good)
        out[0] = '\0';
    if (good && lives_s > TOKEN_SPARE_S)
        *lives_ms =
            (uint64_t)(lives_s > TOKEN_LIFE_S_MAX ? TOKEN_LIFE_S_MAX : lives_s - TOKEN_SPARE_S) *
            1000;
    json_free(&root);
    return good;
}

bool check_take_id(struct slice id, char out[CHECK_ID_MAX + 1])
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    out[0] = '\0';
    if (id.len == 0)
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] == '\0' || strchr(plain, id.data[i]) == NULL)
            return false;
    return slice_copy(id, out, CHECK_ID_MAX + 1);
}

static const struct check_kind *kind_of(const struct config_gateway *config)
{
    size_t kind = (size_t)config->kind;
    const struct check_kind *found = kind < sizeof kinds / sizeof *kinds ? kinds[kind] : NULL;
    return found != NULL && (found->able == NULL || found->able(config)) ? found : NULL;
}

/* What is signed was said by the gateway itself. */
static enum gateway_verdict judge_refusal(const struct check_kind *kind, const struct check *check,
                                          unsigned status, struct payment_event *event)
{
    bool later = status < 400 || status == 408 || status == 425 || status == 429 || status >= 500;
    if (later)
        return GATEWAY_not_answered;
    if (!kind->unproved && !check->ours) {
        if (check->event.kind == 0)
            return GATEWAY_unused;
        *event = check->event;
        return GATEWAY_accepted;
    }
    return status == 401 || status == 403 ? GATEWAY_keys_refused : GATEWAY_payment_unknown;
}
