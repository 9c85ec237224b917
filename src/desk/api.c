#include "desk/api.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/prng.h"
#include "desk/api_call.h"
#include "desk/asker.h"
#include "desk/ops.h"
#include "http/query.h"

#include <stdio.h>
#include <strings.h>

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, JSON_DEPTH_MAX = 4 };

static const int64_t telegram_id_max = (int64_t)1
                                       << 52; /* Bot API: "at most 52 significant bits" */

static resource_fn get_list, get_member, get_why, get_queue, get_payments, get_payment, get_orders,
    get_groups, get_status, post_settle, post_release;

struct resource {
    unsigned who; /* enum who */
    const char *method;
    const char *pattern; /* below /api/v1/, with {name} for a segment */
    resource_fn *judge;
    const char *params;  /* of the query, or members of the body: " a b c" */
    const char *needs;   /* those that must be there */
    const char *summary; /* for openapi.json */
};

static const struct resource resources[] = {
    {WHO_STAFF, "GET", "members", get_list, " limit cursor order plan status expires_before q", "",
     "Members"},
    {WHO_STAFF, "GET", "members/{telegram_id}", get_member, "", "", "What a member has"},
    {WHO_STAFF, "GET", "members/{telegram_id}/why", get_why, "", "",
     "All that was told of a member: why they have what they have"},
    {WHO_STAFF, "GET", "deliveries", get_list, " limit cursor order state stage kind member", "",
     "Deliveries"},
    {WHO_STAFF, "GET", "queue", get_queue, " state limit", "",
     "Deliveries, and how many are in each state"},
    {WHO_HELPER, "POST", "queue/release", post_release, " what delivery reason", "what",
     "Send what is held or dead again"},
    {WHO_STAFF, "GET", "payments", get_payments, " limit cursor order state member gateway since",
     "", "Payments"},
    {WHO_STAFF, "GET", "payments/{gateway}/{payment_id}", get_payment, "", "",
     "What is known of a payment"},
    {WHO_OPERATOR, "POST", "payments/{gateway}/{payment_id}/settle", post_settle,
     " telegram_id plan period reason", "telegram_id plan period",
     "Say what an unsettled payment was for"},
    {WHO_STAFF, "GET", "orders", get_orders, " limit cursor order state member plan overpaid", "",
     "Orders"},
    {WHO_STAFF, "GET", "groups", get_groups, "", "", "What is known of each group"},
    {WHO_STAFF, "GET", "status", get_status, "", "", "Counters of the whole state"},
    {WHO_STAFF, "GET", "broadcasts", api_get_broadcasts, " limit", "", "Broadcasts"},
    {WHO_OPERATOR | WHO_MODERATOR, "POST", "broadcasts", api_post_broadcast,
     " text language translations plan idempotency_key reason", "text",
     "Say something to all members, or to those of a plan"},
    {WHO_STAFF, "GET", "broadcasts/{broadcast_id}", api_get_broadcast, "", "",
     "How far a broadcast is"},
    {WHO_OPERATOR | WHO_MODERATOR, "DELETE", "broadcasts/{broadcast_id}", api_delete_broadcast,
     " reason", "", "Withdraw what was not sent"},
    {WHO_STAFF, "GET", "kpis", get_list, " from to plan source by", "", "The figures of a time"},
    {WHO_STAFF, "GET", "kpis/{kpi}/rows", get_list, " from to plan source limit cursor", "",
     "What a figure counts"},
    {WHO_STAFF, "GET", "reports/{report}", get_list, " from to format", "",
     "A report: weekly, monthly or quarter, as JSON, CSV or XLSX"},
    {WHO_STAFF, "GET", "clock", api_get_clock, "", "", "The test clock"},
    {WHO_OWNER, "POST", "clock", api_post_clock, " advance", "advance",
     "Move the test clock forward"},
    {WHO_STAFF, "GET", "webhooks", api_get_webhooks, "", "", "How far each webhook is"},
    {WHO_OWNER, "POST", "webhooks/{webhook}/replay", api_post_webhook_replay, " from", "from",
     "Send the events of this command and of all behind it again"},
    {WHO_OPERATOR, "GET", "audit", get_list, " limit cursor order who member since what", "",
     "Who did what, and why"},
    {WHO_STAFF, "GET", "session", api_get_session, "", "",
     "Who asks: by a session, a token or a key"},
    {WHO_STAFF, "GET", "openapi.json", api_get_openapi, "", "", "This document"},
};
enum { RESOURCES = sizeof(resources) / sizeof(resources[0]) };

static const char root[] = "/api/v1/";
const char api_unauthorized[] =
    "the header Authorization: Bearer with the admin token, a token of the staff or an API key is "
    "missing or wrong, and there is no session";

/* By a set of METHOD_ bits. */
static const char *const allows[] = {NULL,
                                     "GET",
                                     "POST",
                                     "GET, POST",
                                     "DELETE",
                                     "GET, DELETE",
                                     "POST, DELETE",
                                     "GET, POST, DELETE",
                                     "PUT",
                                     "GET, PUT",
                                     "POST, PUT",
                                     "GET, POST, PUT",
                                     "DELETE, PUT",
                                     "GET, DELETE, PUT",
                                     "POST, DELETE, PUT",
                                     "GET, POST, DELETE, PUT"};

static unsigned method_bit(struct slice method);
static bool path_matches(struct slice path, const char *pattern, struct slice *args);
static const struct resource *find(struct slice method, struct slice path, struct slice *args);
static bool know(const struct config *config, struct api_request *asked, unsigned allowed,
                 char actor[ASKER_SIZE]);
static bool authorized(const struct config *config, struct slice authorization);
static bool take_args(struct api_call *call, const struct slice *args);
static bool check_query(struct api_call *call, const struct resource *resource);
static bool check_body(struct api_call *call, const struct resource *resource, cJSON **root_out);
static bool body_telegram_id(struct api_call *call, int64_t *out);

unsigned api_route(struct slice method, struct slice path, const char **allow)
{
    struct slice args[API_ARGS_MAX];
    unsigned methods = ops_methods(api_path(path));
    for (size_t i = 0; i < RESOURCES; i++)
        if (path_matches(path, resources[i].pattern, args))
            methods |= method_bit(slice_from(resources[i].method));
    *allow = NULL;
    if (methods == 0)
        return 404;
    if ((methods & method_bit(method)) != 0)
        return 0;
    *allow = allows[methods];
    return 405;
}

bool api_next(size_t *at, struct resource_view *out)
{
    if (*at >= RESOURCES)
        return false;
    const struct resource *row = &resources[(*at)++];
    *out = (struct resource_view){row->who,    row->method, row->pattern,
                                  row->params, row->needs,  row->summary};
    return true;
}

void api_judge(const struct config *config, const struct api_request *request,
               struct judgement *judgement)
{
    struct api_call call = {.config = config, .request = request, .judgement = judgement};
    struct slice args[API_ARGS_MAX] = {{NULL, 0}};
    cJSON *body = NULL;

    const struct resource *resource = find(request->method, request->path, args);
    unsigned allowed = resource != NULL ? resource->who : ops_who(&call);
    struct api_request asked = *request;
    char actor[ASKER_SIZE];
    if (!know(config, &asked, allowed, actor)) {
        judgement_refuse(judgement, 401, "unauthorized", api_unauthorized);
        if (request->authorization.len > 0)
            judgement->reason = API_TOKEN_WRONG;
        return;
    }
    call.request = &asked;
    const char *allow;
    unsigned refusal = api_route(request->method, request->path, &allow);
    if (refusal != 0) {
        api_refuse(&call, refusal, refusal == 404 ? "no such resource" : "no such method here");
        return;
    }
    if (!asker_admit(&call, allowed))
        return;
    bool takes_body = slice_is(request->method, "POST") || slice_is(request->method, "PUT");
    if (resource != NULL && (!take_args(&call, args) || !check_query(&call, resource)))
        return;
    /* What needs no member needs no body: POST members/7/checkin. */
    bool empty = resource == NULL && request->body.len == 0;
    if (takes_body && !empty && !check_body(&call, resource, &body))
        return;
    call.body = body;
    if (resource != NULL) {
        resource->judge(&call);
    } else {
        bool known = ops_judge(&call);
        ASSERT(known); /* api_route lets nothing else through */
    }
    json_free(&body);
}

/* The mirror answers: the last word of the path says which. */
static void get_list(struct api_call *call)
{
    struct slice path = call->request->path;
    struct slice thing = slice_of(path.data + sizeof(root) - 1, path.len - (sizeof(root) - 1));
    if (!call->config->mirror_enabled) {
        api_refuse(call, 503, "the mirror, which answers lists, is turned off (mirror.enabled)");
        return;
    }
    if (!slice_copy(thing, call->judgement->text, sizeof(call->judgement->text))) {
        api_refuse(call, 404, "there is no such figure");
        return;
    }
    call->judgement->kind = JUDGEMENT_READ;
    call->judgement->reason = "list";
}

/* Without a mirror the ledger lists what it can. */
static bool ledger_lists(struct api_call *call, const char *params)
{
    if (call->config->mirror_enabled) {
        get_list(call);
        return false;
    }
    /* Without a mirror some are not known. */
    return api_query_known(call, params);
}

static void get_member(struct api_call *call)
{
    long long id;
    if (!slice_to_i64(slice_from(call->args[0]), &id) || id <= 0 || id > telegram_id_max)
        api_refuse(call, 400, "the member is a Telegram id, a positive number");
    else
        api_ask(call, QUERY_MEMBER, id, "", 0);
}

static void get_why(struct api_call *call)
{
    long long id;
    struct judgement *judgement = call->judgement;
    if (!call->config->mirror_enabled)
        api_refuse(call, 503, "the mirror, which knows what was, is turned off (mirror.enabled)");
    else if (!slice_to_i64(slice_from(call->args[0]), &id) || id <= 0 || id > telegram_id_max)
        api_refuse(call, 400, "the member is a Telegram id, a positive number");
    else {
        snprintf(judgement->text, sizeof(judgement->text), "why %lld", id);
        judgement->kind = JUDGEMENT_READ;
        judgement->reason = "why";
    }
}

static void get_queue(struct api_call *call)
{
    char state[33];
    uint64_t limit;
    if (!query_get(call->request->query, "state", state, sizeof(state)))
        api_refuse(call, 400, "state is not a state of a delivery");
    else if (api_query_limit(call, &limit))
        api_ask(call, QUERY_QUEUE, 0, state, limit);
}

static void get_payments(struct api_call *call)
{
    char state[33];
    uint64_t limit;
    if (!ledger_lists(call, " state limit"))
        return;
    if (!query_get(call->request->query, "state", state, sizeof(state)) ||
        (state[0] != '\0' && strcmp(state, "unsettled") != 0))
        api_refuse(call, 400, "state must be \"unsettled\" or absent");
    else if (api_query_limit(call, &limit))
        api_ask(call, QUERY_PAYMENTS, 0, state, limit);
}

static void get_payment(struct api_call *call)
{
    char text[2 * API_ARG_BYTES_MAX + 2];
    snprintf(text, sizeof(text), "%s/%s", call->args[0], call->args[1]);
    api_ask(call, QUERY_PAYMENT, 0, text, 0);
}

static void get_orders(struct api_call *call)
{
    uint64_t limit;
    if (ledger_lists(call, " limit") && api_query_limit(call, &limit))
        api_ask(call, QUERY_ORDERS, 0, "", limit);
}

static void get_groups(struct api_call *call)
{
    api_ask(call, QUERY_GROUPS, 0, "", 0);
}

static void get_status(struct api_call *call)
{
    api_ask(call, QUERY_STATUS, 0, "", 0);
}

/* {"telegram_id":1,"plan":"core","period":"1 month"} */
static void post_settle(struct api_call *call)
{
    const struct config_plan *plan;
    struct period period;
    int64_t telegram_id;

    if (!body_telegram_id(call, &telegram_id) || (plan = api_body_plan(call)) == NULL)
        return;
    if (!period_parse(json_string(json_member(call->body, "period")), &period)) {
        api_refuse(call, 400, "period must be a length of membership, as \"1 month\"");
        return;
    }
    struct message message = {.kind = MESSAGE_cmd_settle,
                              .cmd_settle = {.gateway = slice_from(call->args[0]),
                                             .payment_id = slice_from(call->args[1]),
                                             .telegram_id = telegram_id,
                                             .plan = slice_from(plan->name),
                                             .months = period.months,
                                             .days = period.days}};
    const char *field;
    if (!message_fits(&message, &field)) {
        api_refuse(call, 404, "no such payment");
        return;
    }
    api_act(call, &message, "settle");
}

/* {"what":"dead"} for all dead letters, {"what":"held","delivery":12} for one delivery. */
static void post_release(struct api_call *call)
{
    static const struct {
        const char *name;
        enum release_what what;
    } names[] = {{"held", RELEASE_HELD}, {"dead", RELEASE_DEAD}};
    struct slice name = json_string(json_member(call->body, "what"));
    const cJSON *delivery = json_member(call->body, "delivery");
    int64_t id = 0;
    size_t i = 0;

    while (i < sizeof(names) / sizeof(names[0]) && !slice_is(name, names[i].name))
        i++;
    if (i == sizeof(names) / sizeof(names[0])) {
        api_refuse(call, 400, "what must be \"held\" or \"dead\"");
        return;
    }
    if (delivery != NULL && (!json_i64(delivery, &id) || id <= 0)) {
        api_refuse(call, 400,
                   "delivery must be the positive number of a delivery, or absent for all");
        return;
    }
    struct message message = {.kind = MESSAGE_cmd_release,
                              .cmd_release = {.what = names[i].what, .delivery = (uint64_t)id}};
    api_act(call, &message, "release");
}

struct slice api_path(struct slice path)
{
    size_t len = sizeof(root) - 1;
    return path.len <= len || memcmp(path.data, root, len) != 0
               ? SLICE("")
               : slice_of(path.data + len, path.len - len);
}

static unsigned method_bit(struct slice method)
{
    return slice_is(method, "GET")      ? METHOD_GET
           : slice_is(method, "POST")   ? METHOD_POST
           : slice_is(method, "DELETE") ? METHOD_DELETE
           : slice_is(method, "PUT")    ? METHOD_PUT
                                        : 0;
}

static bool path_matches(struct slice path, const char *pattern, struct slice *args)
{
    size_t arg = 0;
    if (path.len < sizeof(root) - 1 || memcmp(path.data, root, sizeof(root) - 1) != 0)
        return false;
    const char *at = path.data + sizeof(root) - 1;
    const char *end = path.data + path.len;
    while (*pattern != '\0') {
        if (*pattern != '{') {
            if (at == end || *at++ != *pattern++)
                return false;
            continue;
        }
        pattern += strcspn(pattern, "}") + 1;
        const char *start = at;
        while (at < end && *at != '/')
            at++;
        if (at == start)
            return false;
        ASSERT(arg < API_ARGS_MAX);
        args[arg++] = slice_of(start, (size_t)(at - start));
    }
    return at == end;
}

static const struct resource *find(struct slice method, struct slice path, struct slice *args)
{
    for (size_t i = 0; i < RESOURCES; i++)
        if (slice_is(method, resources[i].method) && path_matches(path, resources[i].pattern, args))
            return &resources[i];
    return NULL; /* a module's */
}

/* Who asks: whom the ingress knows, the holder of the configuration's token, or a stranger where
 * those may ask. */
static bool know(const struct config *config, struct api_request *asked, unsigned allowed,
                 char actor[ASKER_SIZE])
{
    bool stranger = (allowed & WHO_STRANGER) != 0;
    if (stranger)
        asked->who = WHO_STRANGER;
    else if (asked->asker != NULL)
        asked->who = (unsigned)asked->asker->who;
    else if (authorized(config, asked->authorization))
        asked->who = WHO_OWNER;
    else
        return false;
    asker_name(asked->asker, actor);
    asked->actor = stranger ? SLICE("login") : slice_from(actor);
    return true;
}

static bool authorized(const struct config *config, struct slice authorization)
{
    static const char scheme[] = "Bearer ";
    size_t len = sizeof(scheme) - 1;

    if (authorization.len <= len || strncasecmp(authorization.data, scheme, len) != 0)
        return false;
    return secret_equal(slice_of(authorization.data + len, authorization.len - len),
                        slice_from(config->admin_token));
}

static bool take_args(struct api_call *call, const struct slice *args)
{
    for (size_t i = 0; i < API_ARGS_MAX; i++) {
        if (!percent_decode(args[i], false, call->args[i], sizeof(call->args[i]))) {
            api_refuse(call, 400, "the path is not well-formed or too long");
            return false;
        }
    }
    return true;
}

static bool check_query(struct api_call *call, const struct resource *resource)
{
    /* The others have a body, and their parameters there. */
    bool query =
        slice_is(call->request->method, "GET") || slice_is(call->request->method, "DELETE");
    const char *params = query ? resource->params : "";
    /* Whoever answers a list looks at its query. */
    bool list = resource->judge == get_list || resource->judge == get_payments ||
                resource->judge == get_orders;
    return list || api_query_known(call, params);
}

bool api_query_known(struct api_call *call, const char *names)
{
    struct query_fault fault;
    if (query_known(call->request->query, names, &fault))
        return true;
    judgement_refuse(call->judgement, 400, fault.code, fault.detail);
    return false;
}

static bool check_body(struct api_call *call, const struct resource *resource, cJSON **root_out)
{
    struct why why = {""};
    char detail[600];
    enum error error =
        json_parse(call->request->body, API_BODY_BYTES_MAX, JSON_DEPTH_MAX, root_out, &why);
    if (error != ERROR_NONE) {
        snprintf(detail, sizeof(detail), "the body is not acceptable JSON: %s", why.text);
        api_refuse(call,
                   error == ERROR_TOO_LARGE ? 413
                   : error == ERROR_MEMORY  ? 503
                                            : 400,
                   detail);
        return false;
    }
    bool ok = cJSON_IsObject(*root_out);
    if (!ok)
        api_refuse(call, 400, "the body must be a JSON object");
    /* A module's shape knows its members. */
    for (const cJSON *item = (*root_out)->child; ok && resource != NULL && item != NULL;
         item = item->next) {
        ok = query_name_listed(resource->params, slice_from(item->string));
        if (!ok) {
            snprintf(detail, sizeof(detail), "%.64s is not known here; known are:%s", item->string,
                     resource->params);
            api_refuse(call, 400, detail);
        }
    }
    if (!ok)
        json_free(root_out);
    return ok;
}

bool api_query_limit(struct api_call *call, uint64_t *limit)
{
    char text[16];
    long long value = LIMIT_DEFAULT;

    if (!query_get(call->request->query, "limit", text, sizeof(text)) ||
        (text[0] != '\0' && !slice_to_i64(slice_from(text), &value)) || value < 1 ||
        value > LIMIT_MAX) {
        api_refuse(call, 400, "limit must be a number from 1 to 1000");
        return false;
    }
    *limit = (uint64_t)value;
    return true;
}

void api_ask(struct api_call *call, enum query_what what, int64_t subject, const char *text,
             uint64_t limit)
{
    struct judgement *judgement = call->judgement;
    if (!slice_copy(slice_from(text), judgement->text, sizeof(judgement->text))) {
        api_refuse(call, 404, "no such record");
        return;
    }
    judgement->kind = JUDGEMENT_QUERY;
    judgement->reason = "query";
    judgement->query = (struct message_query){
        .what = what, .subject = subject, .text = slice_from(judgement->text), .limit = limit};
}

void api_refuse(struct api_call *call, unsigned status, const char *detail)
{
    judgement_refuse(call->judgement, status, "refused", detail);
}

static bool body_telegram_id(struct api_call *call, int64_t *out)
{
    if (json_i64(json_member(call->body, "telegram_id"), out) && *out > 0 &&
        *out <= telegram_id_max)
        return true;
    api_refuse(call, 400, "telegram_id must be a positive number");
    return false;
}

const struct config_plan *api_body_plan(struct api_call *call)
{
    struct slice name = json_string(json_member(call->body, "plan"));
    const struct config_plan *plan =
        name.data == NULL ? NULL : config_plan_find(call->config, name);
    if (plan == NULL)
        api_refuse(call, 400, "plan must be the name of a configured plan");
    return plan;
}

void api_make_id(const char *prefix, char out[API_ID_BYTES_MAX + 1])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { LETTERS = 16, FAIR = 252 }; /* 252 = 7 x 36: below it no letter is favoured */
    size_t n = strlen(prefix);
    size_t end = n + LETTERS;

    ASSERT(end <= API_ID_BYTES_MAX);
    memcpy(out, prefix, n);
    while (n < end) {
        uint8_t random[LETTERS];
        random_bytes(random, sizeof(random));
        for (size_t i = 0; i < sizeof(random) && n < end; i++)
            if (random[i] < FAIR)
                out[n++] = alphabet[random[i] % 36];
    }
    out[n] = '\0';
}
