/* PayPal is asked whether it has sent what a callback says
 * (developer.paypal.com/docs/api/webhooks/v1, verify-webhook-signature): with the headers and the
 * event byte for byte as they came; for one order (docs/api/orders/v2, orders_get); and for the
 * account's transactions (docs/api/transaction-search/v1), which are there up to three hours late,
 * and only for an app that has this permission. */
#include "base/clock.h"
#include "base/json_check.h"
#include "gateway/check.h"
#include "gateway/create.h"
#include "gateway/paypal.h"
#include "http/server.h"
#include "http/query.h"

enum { EVENT_DEPTH_MAX = GATEWAY_JSON_DEPTH_MAX, PAGE_TRANSACTIONS = 500 };

static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
static void ask_transactions(const struct config_gateway *config, const struct check_page *page,
                             struct check_ask *ask);
static const cJSON *items_of(const cJSON *root);
static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page);

static const struct check_list lists[] = {
    {.ask = ask_transactions,
     .items = items_of,
     .next = next_page,
     .read = paypal_read_transaction},
    {.ask = NULL},
};

static const struct check_token token = {.path = "/v1/oauth2/token",
                                         .type = "application/x-www-form-urlencoded",
                                         .body = "grant_type=client_credentials"};

const struct check_kind check_paypal = {.token = &token,
                                        .unproved = true,
                                        .lists = lists,
                                        .about = about,
                                        .begin = begin,
                                        .judge = judge};

/* What is asked holds what anybody may have sent: text as JSON's strings, and the event only when
 * it is one JSON value by itself, so that it can close nothing around it. */
static enum gateway_verdict begin(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask)
{
    static const struct {
        const char *header;
        const char *member;
    } rows[] = {{"paypal-auth-algo", "auth_algo"},
                {"paypal-cert-url", "cert_url"},
                {"paypal-transmission-id", "transmission_id"},
                {"paypal-transmission-sig", "transmission_sig"},
                {"paypal-transmission-time", "transmission_time"}};
    (void)root;
    (void)check;
    if (json_check(callback->body, EVENT_DEPTH_MAX).problem != NULL)
        return GATEWAY_body_not_json;
    buf_append_text(&ask->path, "/v1/notifications/verify-webhook-signature");
    buf_append_text(&ask->body, "{");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool repeated;
        struct slice value =
            http_header_find(callback->headers, callback->header_count, rows[i].header, &repeated);
        if (repeated)
            return GATEWAY_signature_malformed;
        if (value.len == 0)
            return GATEWAY_signature_missing;
        buf_printf(&ask->body, "\"%s\":", rows[i].member);
        json_append_string(&ask->body, value);
        buf_append_text(&ask->body, ",");
    }
    buf_append_text(&ask->body, "\"webhook_id\":");
    json_append_string(&ask->body, slice_from(config->webhook_id));
    buf_append_text(&ask->body, ",\"webhook_event\":");
    buf_append_slice(&ask->body, callback->body);
    buf_append_text(&ask->body, "}");
    ask->method = "POST";
    ask->type = "application/json";
    ask->token = true;
    return GATEWAY_unchecked;
}

static enum gateway_verdict judge(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event)
{
    struct slice status = json_string(json_member(answer->root, "verification_status"));
    (void)config;
    (void)ask;
    if (check->ours)
        return slice_is(json_string(json_member(answer->root, "id")), check->id)
                   ? paypal_read_order(answer->root, event)
                   : GATEWAY_not_answered;
    if (slice_is(status, "FAILURE"))
        return GATEWAY_signature_wrong;
    if (!slice_is(status, "SUCCESS"))
        return GATEWAY_not_answered;
    *event = check->event;
    return GATEWAY_accepted;
}

static bool about(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask)
{
    (void)config;
    if (!check_take_id(id, check->id))
        return false;
    buf_printf(&ask->path, "/v2/checkout/orders/%s", check->id);
    ask->token = true;
    return true;
}

static void ask_transactions(const struct config_gateway *config, const struct check_page *page,
                             struct check_ask *ask)
{
    char since[32], until[32];
    (void)config;
    clock_format_utc((int64_t)page->since_ms, since, sizeof since);
    clock_format_utc((int64_t)page->until_ms, until, sizeof until);
    buf_append_text(&ask->path, "/v1/reporting/transactions?start_date=");
    percent_encode(&ask->path, slice_from(since));
    buf_append_text(&ask->path, "&end_date=");
    percent_encode(&ask->path, slice_from(until));
    buf_printf(&ask->path, "&transaction_status=S&fields=transaction_info&page_size=%d&page=%u",
               PAGE_TRANSACTIONS, page->number + 1);
    ask->token = true;
}

static const cJSON *items_of(const cJSON *root)
{
    return json_member(root, "transaction_details");
}

static bool next_page(const cJSON *root, const cJSON *items, struct check_page *page)
{
    int64_t pages;
    (void)items;
    return json_i64(json_member(root, "total_pages"), &pages) && pages > page->number + 1;
}
