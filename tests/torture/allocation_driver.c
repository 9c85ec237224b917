/* Allocation: of one unit, the n-th allocation fails, for every n, once and from then on. Each
 * time: no crash, the unit says so with an error that fits (never a wrong answer), works again on
 * the same object, and has let go of everything at its end.
 *
 *   allocation_driver            names the units
 *   allocation_driver UNIT DIR   tortures one; DIR is an empty folder
 *
 * Exit code 0, or 1 and a sentence; a crash says at which allocation. */
#include "tests/torture/allocation_faults.h"

#include "base/json.h"
#include "gateway/gateway.h"
#include "gateway/sign.h"
#include "desk/verify.h"
#include "desk/api.h"
#include "http/route.h"
#include "http/server.h"
#include "journal/journal.h"
#include "ledger/dispatch.h"
#include "ledger/ledger.h"
#include "ledger/numbers.h"
#include "ledger/words.h"
#include "carrier/telegram/telegram.h"
#include "courier/sender.h"
#include "carrier/telegram/update.h"
#include "tests/unit/text/club.h"
#include "text/letter.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <unicode/uclean.h>

enum answer { RIGHT, REFUSED, WRONG };

struct unit {
    const char *name;
    bool (*set_up)(void); /* with memory */
    enum answer (*run)(void);
    void (*tear_down)(void);
    bool spares_icu; /* see the known limits in docs/RELIABILITY.md */
};

static const char *dir;
static bool icu_spared;
static const char *current = "?";
static uint64_t current_number, current_times;
static struct buf out, second;

#define YAML                                                                                       \
    "data_dir: ./var\n"                                                                            \
    "http: {listen: \"127.0.0.1:8080\"}\n"                                                         \
    "admin: {token: \"an-admin-token-0123456789\"}\n"                                              \
    "community: {name: Trade Club, timezone: Asia/Shanghai, language: en}\n"                       \
    "bots:\n"                                                                                      \
    "  - {name: main, token: \"123456:AA-bb_CC\", api_url: \"https://api.telegram.org\"}\n"        \
    "groups:\n"                                                                                    \
    "  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request}\n"              \
    "  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link}\n"                \
    "plans:\n"                                                                                     \
    "  - {name: starter, groups: [starter], prices: [{amount: \"9.00\", currency: USD,"            \
    " period: 1 month}]}\n"                                                                        \
    "  - name: core\n"                                                                             \
    "    groups: [starter, core]\n"                                                                \
    "    seats: 500\n"                                                                             \
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month}]\n"                          \
    "    welcome: {text: \"Welcome, {{name}}!\", resources: [\"https://example.org/pack.pdf\"]}\n" \
    "gateways:\n"                                                                                  \
    "  - {name: stripe, kind: stripe, secrets: [\"whsec_stripe\"]}\n"                              \
    "  - {name: btcpay, kind: btcpay, secrets: [\"btcpay-secret\"]}\n"                             \
    "  - {name: standard, kind: standard_webhooks, secrets: [\"whsec_c2VjcmV0\"]}\n"               \
    "  - name: ime\n"                                                                              \
    "    kind: hmac\n"                                                                             \
    "    secrets: [\"ime-secret\", \"ime-old-secret\"]\n"                                          \
    "    hmac:\n"                                                                                  \
    "      algorithm: sha256\n"                                                                    \
    "      key: utf8\n"                                                                            \
    "      signature: {header: X-iMe-Signature, format: kv, field: v1, encoding: hex}\n"           \
    "      timestamp: {field: t, unit: s, tolerance: 5 minutes}\n"                                 \
    "      signed: \"{timestamp}.{body}\"\n"                                                       \
    "      event_id: {header: X-iMe-Event-Id}\n"                                                   \
    "      map:\n"                                                                                 \
    "        kind: {pointer: /type, values: {payment.succeeded: paid}}\n"                          \
    "        payment_id: /data/payment_id\n"                                                       \
    "        telegram_id: /data/telegram_id\n"                                                     \
    "        plan: /data/plan\n"                                                                   \
    "        amount: /data/amount\n"                                                               \
    "        currency: /data/currency\n"

static struct config *config;

static enum answer parse_config(void)
{
    buf_clear(&out);
    enum error error = config_parse(SLICE(YAML), "nowhere/t.yaml", &config, &out);
    if (error == ERROR_NONE)
        return config != NULL && out.len == 0 && config->gateway_count == 4 ? RIGHT : WRONG;
    /* Saying why needs memory too. */
    bool said = out.len > 0 || out.failed || error == ERROR_MEMORY;
    return config == NULL && said ? REFUSED : WRONG;
}

static bool config_set_up(void)
{
    return parse_config() == RIGHT;
}

static void config_tear_down(void)
{
    config_destroy(&config);
}

static enum answer config_run(void)
{
    enum answer answer = parse_config();
    config_destroy(&config);
    return answer;
}

static bool nothing(void)
{
    return true;
}

static void no_more(void)
{
}

/* Gateways. */

static struct gateway *gateway;
static char header_lines[2048];
static struct http_header headers[8];
static struct gateway_request request;

static bool gateway_set_up_for(size_t index, const char *body)
{
    struct why why;
    uint64_t now_ms = UINT64_C(1700000000000);
    if (!config_set_up() || gateway_new(&config->gateways[index], &gateway, &why) != ERROR_NONE)
        return false;
    buf_clear(&out);
    if (gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/x"), slice_from(body), SLICE("evt_1"),
                     now_ms, 0, &out) != ERROR_NONE ||
        out.len >= sizeof header_lines)
        return false;
    memcpy(header_lines, out.data, out.len);
    header_lines[out.len] = 0;
    size_t count = 0;
    for (char *line = header_lines; *line != 0 && count < 8;) {
        char *colon = strstr(line, ": "), *end = strstr(line, "\r\n");
        headers[count++] = (struct http_header){slice_of(line, (size_t)(colon - line)),
                                                slice_of(colon + 2, (size_t)(end - colon - 2))};
        line = end + 2;
    }
    request = (struct gateway_request){.method = SLICE("POST"),
                                       .path = SLICE("/hooks/x"),
                                       .headers = headers,
                                       .header_count = count,
                                       .body = slice_from(body),
                                       .now_ms = now_ms + 1000};
    return true;
}

static bool stripe_set_up(void)
{
    return gateway_set_up_for(
        0, "{\"id\":\"evt_1\",\"type\":\"checkout.session.completed\",\"created\":1700000000,"
           "\"data\":{\"object\":{\"object\":\"checkout.session\",\"payment_status\":\"paid\","
           "\"payment_intent\":\"pi_1\",\"amount_total\":2900,\"currency\":\"usd\","
           "\"metadata\":{\"telegram_id\":\"7\",\"plan\":\"core\"}}}}");
}

static bool btcpay_set_up(void)
{
    return gateway_set_up_for(
        1, "{\"deliveryId\":\"d1\",\"type\":\"InvoiceSettled\",\"timestamp\":1700000000,"
           "\"invoiceId\":\"pi_1\",\"metadata\":{\"telegram_id\":\"7\",\"plan\":\"core\"}}");
}

static bool standard_set_up(void)
{
    return gateway_set_up_for(
        2, "{\"type\":\"payment.succeeded\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{"
           "\"payment_id\":\"pi_1\",\"amount\":\"29.00\",\"currency\":\"USD\",\"metadata\":{"
           "\"telegram_id\":\"7\",\"plan\":\"core\"}}}");
}

static bool hmac_set_up(void)
{
    return gateway_set_up_for(
        3, "{\"type\":\"payment.succeeded\",\"data\":{\"payment_id\":\"pi_1\",\"telegram_id\":7,"
           "\"plan\":\"core\",\"amount\":\"29.00\",\"currency\":\"USD\"}}");
}

static void gateway_tear_down(void)
{
    gateway_destroy(&gateway);
    config_tear_down();
}

/* Anything but "try again" would make the gateway give up on a payment. */
static enum answer gateway_judge_run(void)
{
    struct payment_event event;
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);
    if (verdict == GATEWAY_busy)
        return REFUSED;
    if (verdict != GATEWAY_accepted) {
        fprintf(stderr, "verdict %s\n", gateway_verdict_name(verdict));
        return WRONG;
    }
    return strcmp(event.payment_id, "pi_1") == 0 && event.telegram_id == 7 &&
                   strcmp(event.plan, "core") == 0 && event.event_id[0] != 0
               ? RIGHT
               : WRONG;
}

static enum answer gateway_new_run(void)
{
    struct why why;
    for (size_t i = 0; i < config->gateway_count; i++) {
        struct gateway *made = NULL;
        enum error error = gateway_new(&config->gateways[i], &made, &why);
        if (error != ERROR_NONE)
            return made == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
        gateway_destroy(&made);
    }
    return RIGHT;
}

static enum answer gateway_sign_run(void)
{
    char bytes[2048];
    struct buf lines = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    enum error error = gateway_sign(gateway, SLICE("POST"), SLICE("/hooks/test"), SLICE("{}"),
                                    SLICE("evt_1"), 1767225600000, 0, &lines);
    return error == ERROR_NONE ? RIGHT : error == ERROR_MEMORY ? REFUSED : WRONG;
}

static struct verifier *verifier;

static enum answer verifier_new_run(void)
{
    struct why why;
    struct verifier *made = NULL;
    enum error error = verifier_new(config, &made, &why);
    if (error != ERROR_NONE)
        return made == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    verifier_destroy(&made);
    return RIGHT;
}

static bool verifier_set_up(void)
{
    struct why why;
    return config_set_up() && verifier_new(config, &verifier, &why) == ERROR_NONE;
}

/* Both what Telegram pushes and what is polled comes again after a 5xx. */
static enum answer verifier_run(void)
{
    static const char update[] =
        "{\"update_id\":7,\"message\":{\"message_id\":1,\"from\":{\"id\":9,\"is_bot\":false,"
        "\"first_name\":\"Ada\"},\"chat\":{\"id\":9,\"type\":\"private\"},\"date\":1767225600,"
        "\"text\":\"/start\"}}";
    const struct message_request polled = {
        .source = SOURCE_POLL, .name = SLICE("main"), .body = SLICE(update)};
    struct judgement judgement;
    judgement_init(&judgement);
    verifier_judge(verifier, &polled, 1767225600000, &judgement);
    enum answer answer = WRONG;
    if (judgement.kind == JUDGEMENT_COMMAND && judgement.command.len > 0)
        answer = RIGHT;
    else if (judgement.kind == JUDGEMENT_ANSWER && judgement.status >= 500)
        answer = REFUSED;
    judgement_deinit(&judgement);
    return answer;
}

static void verifier_tear_down(void)
{
    verifier_destroy(&verifier);
    config_tear_down();
}

/* Telegram. */

static enum answer update_run(void)
{
    static const char *const updates[] = {
        "{\"update_id\":7,\"message\":{\"message_id\":1,\"from\":{\"id\":9,\"is_bot\":false,"
        "\"first_name\":\"Ada\",\"language_code\":\"en\"},\"chat\":{\"id\":9,\"type\":\"private\"},"
        "\"date\":1700000000,\"text\":\"/start\"}}",
        "{\"update_id\":8,\"chat_join_request\":{\"chat\":{\"id\":-1001000000001,\"type\":"
        "\"supergroup\",\"title\":\"x\"},\"from\":{\"id\":9,\"is_bot\":false,\"first_name\":"
        "\"Ada\"},\"user_chat_id\":9,\"date\":1700000000}}",
    };
    const struct update_reader reader = {.bot = "main", .words = &module_words};
    enum answer answer = RIGHT;
    for (size_t i = 0; i < 2 && answer == RIGHT; i++) {
        const char *kind;
        buf_clear(&out);
        enum update_verdict verdict =
            update_translate(&reader, slice_from(updates[i]), &out, &kind);
        struct message message;
        if (verdict == UPDATE_BUSY || out.failed)
            answer = REFUSED;
        else if (verdict != UPDATE_COMMAND ||
                 wire_decode_one(buf_slice(&out), &message, NULL) != ERROR_NONE)
            answer = WRONG;
    }
    return answer;
}

static enum answer updates_split_run(void)
{
    static const char body[] = "{\"ok\":true,\"result\":[{\"update_id\":1,\"message\":{\"a\":[1]}},"
                               "{\"update_id\":2}]}";
    struct slice updates[4];
    uint64_t ids[4];
    size_t count;
    enum error error = updates_split(SLICE(body), updates, ids, 4, &count);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY ? REFUSED : WRONG;
    return count == 2 && ids[1] == 2 ? RIGHT : WRONG;
}

static struct sender *sender;
static uint64_t sender_delivery;

static enum answer sender_new_run(void)
{
    static const struct sender_options options = {.lane = "telegram:main",
                                                  .carrier = &carrier_telegram,
                                                  .per_second = 30,
                                                  .per_chat_per_second = 1,
                                                  .per_group_per_minute = 20,
                                                  .waiting_max = 100,
                                                  .in_flight_max = 10};
    enum error error = sender_new(&options, 1000, &sender);
    if (error != ERROR_NONE)
        return sender == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    return RIGHT;
}

static enum answer sender_new_and_destroy(void)
{
    enum answer answer = sender_new_run();
    sender_destroy(&sender);
    return answer;
}

static bool sender_set_up(void)
{
    sender_delivery = 0;
    return sender_new_run() == RIGHT;
}

static void sender_tear_down(void)
{
    sender_destroy(&sender);
}

static enum answer sender_run(void)
{
    struct sender_call call;
    enum outcome outcome;
    struct message decoded;
    uint64_t at = 2000 + 60000 * ++sender_delivery;
    const struct message_call message = {.delivery = sender_delivery,
                                         .kind = DELIVERY_letter,
                                         .lane = SLICE("telegram:main"),
                                         .chat_id = (int64_t)sender_delivery,
                                         .turn_ms = 1,
                                         .lease_until_ms = at + 50000,
                                         .method = SLICE("sendMessage"),
                                         .params = SLICE("{\"chat_id\":7,\"text\":\"x\"}")};
    enum error error = sender_add(sender, &message, at, at);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY || error == ERROR_FULL ? REFUSED : WRONG;
    if (!sender_next(sender, at, at, &call) || call.delivery != sender_delivery)
        return WRONG;
    buf_clear(&out);
    sender_answered(sender, call.token, TRANSFER_ANSWERED, 200, 0,
                    SLICE("{\"ok\":true,\"result\":{}}"), "", at + 5, at + 5, &out, &outcome);
    if (out.failed)
        return REFUSED;
    if (wire_decode_one(buf_slice(&out), &decoded, NULL) != ERROR_NONE ||
        decoded.cmd_outcome.delivery != sender_delivery)
        return WRONG;
    return outcome == OUTCOME_DONE ? RIGHT : outcome == OUTCOME_RETRY ? REFUSED : WRONG;
}

/* Text. */

static struct calendar *calendar;
static struct message_work work;

static bool letter_set_up(void)
{
    buf_clear(&second);
    club_add(&second,
             (struct message){.kind = MESSAGE_part_greeting, .part_greeting = {SLICE("")}});
    club_add_access(&second, "core", club_until_ms, true);
    club_add_receipt(&second, "pi_1", 2900, "USD");
    club_add_button(&second, "core", "https://t.me/+abc");
    work = club_work(DELIVERY_letter, &second);
    return !second.failed && calendar_new("Asia/Shanghai", &calendar) == ERROR_NONE;
}

/* Refused or whole: nothing may be missing. */
static enum answer letter_run(void)
{
    static const char *const parts[] = {
        "{\"chat_id\":7000000001,", "Welcome, Ann!", "until 31 Jan 2026, 20:00", "29.00", "faq",
        "https://t.me/+abc"};
    struct why why;
    const char *method = NULL;
    int64_t chat_id;
    buf_clear(&out);
    enum error error = letter_render(NULL, &club, calendar, &work, &method, &chat_id, &out, &why);
    if (error == ERROR_MEMORY || out.failed)
        return REFUSED;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (memmem(out.data, out.len, parts[i], strlen(parts[i])) == NULL)
            error = ERROR_INVALID;
    if (error != ERROR_NONE || out.data[out.len - 1] != '}') {
        fprintf(stderr, "letter: %s, %.*s\n", error_text(error), (int)out.len, out.data);
        return WRONG;
    }
    return RIGHT;
}

static void letter_tear_down(void)
{
    calendar_destroy(&calendar);
}

static enum answer calendar_run(void)
{
    enum error error = calendar_new("Asia/Shanghai", &calendar);
    if (error != ERROR_NONE)
        return calendar == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    int64_t end = calendar_add(calendar, 1769860800000, (struct period){.months = 1});
    calendar_destroy(&calendar);
    return end > 1769860800000 ? RIGHT : WRONG;
}

/* Ledger. */

static struct store *store;
static struct ledger *ledger;
static struct effects effects;
static struct dispatch *dispatch;

static enum error ledger_step(bool configure)
{
    uint8_t hash[32];
    struct message messages[4] = {
        {.kind = MESSAGE_cmd_configure,
         .cmd_configure = {.hash = slice_of(hash, sizeof hash), .catalog = buf_slice(&second)}},
        {.kind = MESSAGE_cmd_payment,
         .cmd_payment = {.gateway = SLICE("stripe"),
                         .kind = PAYMENT_PAID,
                         .plan = SLICE("core"),
                         .order_id = SLICE(""),
                         .amount = 2900,
                         .currency = SLICE("USD")}},
        {.kind = MESSAGE_cmd_said,
         .cmd_said = {.bot = SLICE("main"),
                      .name = SLICE("Ada"),
                      .language = SLICE("en"),
                      .origin = SAID_PRIVATE,
                      .module = MODULE_access,
                      .verb = SLICE("start")}},
        {.kind = MESSAGE_cmd_tick}};
    memset(hash, 7, sizeof hash);
    effects.count = 0;
    enum error error = ledger_begin(ledger);
    if (error != ERROR_NONE)
        return error;
    uint64_t first = ledger_applied(ledger) + 1;
    char id[32];
    snprintf(id, sizeof id, "pi_%" PRIu64, first);
    messages[1].cmd_payment.event_id = messages[1].cmd_payment.payment_id = slice_from(id);
    messages[1].cmd_payment.telegram_id = (int64_t)first;
    messages[2].cmd_said.telegram_id = messages[2].cmd_said.chat_id = (int64_t)first;
    messages[2].cmd_said.update_id = first;
    for (uint64_t i = configure ? 0 : 1; i < 4 && error == ERROR_NONE; i++) {
        unsigned result;
        char bytes[8192];
        struct buf encoded = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
        wire_encode(&encoded, &messages[i]);
        uint64_t sequence = configure ? first + i : first + i - 1;
        error =
            ledger_apply(ledger, sequence, sequence * 1000, buf_slice(&encoded), &result, &effects);
        if (error == ERROR_NONE && i == 1 && result != RESULT_granted)
            error = ERROR_INVALID;
    }
    if (error == ERROR_NONE)
        return ledger_commit(ledger);
    ledger_abort(ledger);
    return error;
}

static bool ledger_open_all(enum error opened)
{
    buf_clear(&second);
    return opened == ERROR_NONE && config_set_up() &&
           (config_catalog(config, &second), !second.failed) &&
           ledger_open(store, &ledger, NULL) == ERROR_NONE && ledger_step(true) == ERROR_NONE;
}

static bool ledger_memory_set_up(void)
{
    return ledger_open_all(store_open_memory(&store));
}

static bool ledger_disk_set_up(void)
{
    struct why why;
    return ledger_open_all(store_open(
        dir, &(struct store_options){.map_bytes = 1 << 28, .sync_lazily = true}, &store, &why));
}

static enum answer ledger_step_judged(bool configure)
{
    uint64_t before = ledger_applied(ledger);
    enum error error = ledger_step(configure);
    if (error == ERROR_NONE)
        return ledger_applied(ledger) == before + (configure ? 4 : 3) ? RIGHT : WRONG;
    if (error != ERROR_MEMORY)
        fprintf(stderr, "%s\n", error_text(error));
    return error == ERROR_MEMORY && ledger_applied(ledger) == before ? REFUSED : WRONG;
}

static enum answer ledger_run(void)
{
    return ledger_step_judged(false);
}

static enum answer ledger_configure_run(void)
{
    return ledger_step_judged(true);
}

static enum answer ledger_query_run(void)
{
    static const struct message_query queries[] = {{.what = QUERY_MEMBER, .subject = 2},
                                                   {.what = QUERY_QUEUE, .limit = 10},
                                                   {.what = QUERY_PAYMENTS, .limit = 10},
                                                   {.what = QUERY_GROUPS},
                                                   {.what = QUERY_STATUS}};
    static char *wholes[sizeof queries / sizeof *queries]; /* the first time is without faults */
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct message_query query = queries[i];
        unsigned status;
        query.text = SLICE("");
        buf_clear(&out);
        enum error error = ledger_query(ledger, &query, &out, &status);
        if (error == ERROR_MEMORY || out.failed)
            return REFUSED;
        if (error == ERROR_NONE && refused_count == 0 && wholes[i] == NULL)
            wholes[i] = strndup(out.data, out.len);
        if (error != ERROR_NONE || status != (i == 0 ? 404u : 200u) || wholes[i] == NULL ||
            !slice_is(buf_slice(&out), wholes[i])) {
            fprintf(stderr, "query %zu: status %u, %.*s\n", i, status, (int)out.len, out.data);
            return WRONG;
        }
    }
    return RIGHT;
}

static enum answer ledger_work_run(void)
{
    struct effects pending = {0};
    uint64_t after = 0;
    enum error error = ledger_pending(ledger, &after, SIZE_MAX, &pending);
    size_t count = pending.count;
    for (size_t i = 0; i < count && error == ERROR_NONE; i++) {
        buf_clear(&out);
        error = ledger_work(ledger, pending.items[i].delivery, 1000, &out);
        if (error == ERROR_NONE && out.failed)
            error = ERROR_MEMORY;
    }
    free(pending.items);
    return error == ERROR_MEMORY ? REFUSED : error == ERROR_NONE && count > 0 ? RIGHT : WRONG;
}

static enum answer ledger_open_run(void)
{
    struct ledger *other;
    struct why why;
    enum error error = ledger_open(store, &other, &why);
    if (error != ERROR_NONE)
        return other == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    bool same = ledger_applied(other) == ledger_applied(ledger);
    ledger_close(&other);
    return same ? RIGHT : WRONG;
}

static void ledger_tear_down(void)
{
    ledger_close(&ledger);
    store_close(&store);
    free(effects.items);
    effects = (struct effects){0};
    config_tear_down();
}

static struct effect effect_items[40];

static bool dispatch_set_up(void)
{
    for (uint64_t i = 0; i < 40; i++) {
        effect_items[i] = (struct effect){.delivery = i + 1,
                                          .ready = true,
                                          .kind = DELIVERY_letter,
                                          .turn_ms = i,
                                          .not_before_ms = i % 3 == 0 ? 500 : 0};
        snprintf(effect_items[i].lane, sizeof effect_items[i].lane, "bot%d", (int)(i % 2));
    }
    dispatch = dispatch_new(&(struct dispatch_options){0});
    return dispatch != NULL;
}

/* On an error the mirror is made anew from the state. */
static enum answer dispatch_run(void)
{
    const struct effects told = {.items = effect_items, .count = 40};
    uint64_t leased[40];
    enum error error = dispatch_update(dispatch, &told);
    if (error != ERROR_NONE) {
        dispatch_clear(dispatch);
        return error == ERROR_MEMORY ? REFUSED : WRONG;
    }
    size_t count = 0;
    for (int i = 0; i < 3; i++)
        count += dispatch_lease(dispatch, SLICE("bot0"), 1000, 2000, leased, 40, NULL);
    size_t ready = dispatch_before(dispatch, SLICE("bot0"), UINT_MAX, UINT64_MAX, UINT64_MAX);
    dispatch_clear(dispatch);
    return count == 20 && ready == 0 ? RIGHT : refused_count > 0 && count < 20 ? REFUSED : WRONG;
}

static enum error dispatch_page(void *context, uint64_t *after, size_t max, struct effects *page)
{
    (void)context;
    if (page->cap < 40) {
        struct effect *grown = realloc(page->items, 40 * sizeof *grown);
        if (grown == NULL)
            return ERROR_MEMORY;
        page->items = grown;
        page->cap = 40;
    }
    for (; *after < 40 && max > 0; max--)
        page->items[page->count++] = effect_items[(*after)++];
    if (max > 0)
        *after = 0;
    return ERROR_NONE;
}

static bool dispatch_walk_set_up(void)
{
    const struct dispatch_options options = {.source = dispatch_page, .window = 3};
    if (!dispatch_set_up())
        return false;
    dispatch_destroy(&dispatch);
    dispatch = dispatch_new(&options);
    return dispatch != NULL;
}

/* A walk that is cut off begins anew: all are lent once, whatever fails. */
static enum answer dispatch_walk_run(void)
{
    uint64_t leased[40];
    bool lent[41] = {false};
    size_t count = 0;
    dispatch_clear(dispatch);
    for (int i = 0; i < 400 && count < 20; i++) {
        bool again;
        enum error error = dispatch_look(dispatch, 1000, 7, &again);
        if (error != ERROR_NONE && error != ERROR_MEMORY)
            return WRONG;
        size_t n = dispatch_lease(dispatch, SLICE("bot0"), 1000, 2000, leased, 3, NULL);
        for (size_t k = 0; k < n; k++) {
            if (lent[leased[k]])
                return WRONG;
            lent[leased[k]] = true;
        }
        count += n;
    }
    return count == 20 ? RIGHT : refused_count > 0 ? REFUSED : WRONG;
}

static void dispatch_tear_down(void)
{
    dispatch_destroy(&dispatch);
}

static enum answer dispatch_new_run(void)
{
    dispatch = dispatch_new(&(struct dispatch_options){0});
    enum answer answer = dispatch != NULL ? RIGHT : REFUSED;
    dispatch_destroy(&dispatch);
    return answer;
}

/* Journal. */

static struct journal *journal;

static bool journal_set_up(void)
{
    struct why why;
    return journal_open(dir, &(struct journal_options){.map_bytes = 1 << 28}, &journal, &why) ==
           ERROR_NONE;
}

static enum answer journal_run(void)
{
    static char large[20000];
    const struct slice commands[] = {SLICE("one"), slice_of(large, sizeof large), SLICE("three")};
    uint64_t tail = journal_tail(journal), first;
    enum error error = journal_append(journal, commands, 3, 1000, &first);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY && journal_tail(journal) == tail ? REFUSED : WRONG;
    return journal_tail(journal) == tail + 3 && first == tail + 1 ? RIGHT : WRONG;
}

static enum answer journal_read_run(void)
{
    struct journal_entry entries[8];
    struct why why;
    size_t count;
    struct buf storage;
    buf_init(&storage, 1 << 20);
    enum error error = journal_read(journal, 1, entries, 8, &storage, &count, &why);
    buf_deinit(&storage);
    return error == ERROR_NONE && count > 0 ? RIGHT : error == ERROR_MEMORY ? REFUSED : WRONG;
}

static enum answer journal_open_run(void)
{
    struct why why;
    char path[4200];
    snprintf(path, sizeof path, "%s/other", dir);
    enum error error =
        journal_open(path, &(struct journal_options){.map_bytes = 1 << 24}, &journal, &why);
    if (error != ERROR_NONE)
        return journal == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    journal_close(&journal);
    return RIGHT;
}

static enum answer journal_trim_run(void)
{
    struct why why;
    char path[4200];
    snprintf(path, sizeof path, "%s/archive", dir);
    uint64_t tail = journal_tail(journal);
    enum error error = journal_trim(journal, tail - 1, path, &why);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY ? REFUSED : WRONG;
    return journal_head(journal) == tail ? RIGHT : WRONG;
}

static bool journal_trim_set_up(void)
{
    return journal_set_up() && journal_run() == RIGHT;
}

static void journal_tear_down(void)
{
    journal_close(&journal);
}

/* Wire, JSON, HTTP. */

static enum answer wire_run(void)
{
    const struct message message = {.kind = MESSAGE_cmd_said,
                                    .cmd_said = {.bot = SLICE("main"),
                                                 .update_id = 1,
                                                 .telegram_id = 7,
                                                 .name = SLICE("Ada"),
                                                 .language = SLICE("en"),
                                                 .text = SLICE("hello")}};
    struct buf bytes, text;
    struct message decoded;
    enum answer answer = RIGHT;
    buf_init(&bytes, 1 << 20);
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 100; i++)
        wire_encode(&bytes, &message);
    struct slice rest = buf_slice(&bytes);
    if (bytes.failed)
        answer = REFUSED;
    else
        for (int i = 0; i < 100 && answer == RIGHT; i++)
            if (wire_decode(&rest, &decoded, NULL) != ERROR_NONE ||
                decoded.cmd_said.telegram_id != 7)
                answer = WRONG;
    message_print(&text, &message);
    message_print_json(&text, &message);
    if (answer == RIGHT && text.failed)
        answer = REFUSED;
    buf_deinit(&bytes);
    buf_deinit(&text);
    return answer;
}

static enum answer json_run(void)
{
    static const char text[] = "{\"a\":[1,2,{\"b\":\"c\\n\"}],\"d\":1.50,\"e\":{\"f\":null}}";
    struct why why;
    cJSON *root;
    char number[JSON_NUMBER_TEXT_SIZE];
    enum error error = json_parse(SLICE(text), 1000, 8, &root, &why);
    if (error != ERROR_NONE)
        return root == NULL && error == ERROR_MEMORY ? REFUSED : WRONG;
    bool right = json_number_text(json_member(root, "d"), number, sizeof number) &&
                 strcmp(number, "1.50") == 0 &&
                 slice_is(json_string(json_pointer(root, "/a/2/b")), "c\n");
    json_free(&root);
    return right ? RIGHT : WRONG;
}

static enum answer route_run(void)
{
    struct buf body;
    buf_init(&body, 4096);
    struct route_match match =
        route_match(SLICE("POST"), SLICE("/hooks/stripe"), SLICE("application/json"));
    problem_json(&body, 503, NULL, "try \"again\"");
    enum answer answer = body.failed ? REFUSED : body.len > 20 ? RIGHT : WRONG;
    buf_deinit(&body);
    return match.route == ROUTE_HOOK ? answer : WRONG;
}

/* An operator's order: a command or "try again", never "you are wrong". */
static enum answer api_run(void)
{
    const struct api_request order = {
        .method = SLICE("POST"),
        .path = SLICE("/api/v1/orders"),
        .query = SLICE(""),
        .authorization = SLICE("Bearer an-admin-token-0123456789"),
        .body = SLICE("{\"telegram_id\":7,\"plan\":\"core\",\"amount\":\"29.00\","
                      "\"currency\":\"USD\"}"),
        .now_ms = UINT64_C(1700000000000)};
    struct judgement judgement;
    judgement_init(&judgement);
    api_judge(config, &order, &judgement);
    enum answer answer = RIGHT;
    if (judgement.kind == JUDGEMENT_ANSWER && judgement.status >= 500)
        answer = REFUSED;
    else if (judgement.kind != JUDGEMENT_COMMAND) {
        fprintf(stderr, "status %u: %.*s\n", judgement.status, (int)judgement.body.len,
                judgement.body.data);
        answer = WRONG;
    } else if (judgement.command.failed || judgement.body.failed) {
        answer = REFUSED;
    }
    judgement_deinit(&judgement);
    return answer;
}

static void *icu_malloc(const void *context, size_t size)
{
    (void)context;
    return icu_spared ? taken(__libc_malloc(size)) : malloc(size);
}

static void *icu_realloc(const void *context, void *block, size_t size)
{
    (void)context;
    bool was = armed;
    armed = was && !icu_spared;
    void *grown = realloc(block, size);
    armed = was;
    return grown;
}

static void icu_free(const void *context, void *block)
{
    (void)context;
    free(block);
}

static const struct unit units[] = {
    {"config_parse", nothing, config_run, no_more, false},
    {"gateway_new", config_set_up, gateway_new_run, config_tear_down, false},
    {"gateway_judge_stripe", stripe_set_up, gateway_judge_run, gateway_tear_down, false},
    {"gateway_judge_btcpay", btcpay_set_up, gateway_judge_run, gateway_tear_down, false},
    {"gateway_judge_standard", standard_set_up, gateway_judge_run, gateway_tear_down, false},
    {"gateway_judge_hmac", hmac_set_up, gateway_judge_run, gateway_tear_down, false},
    {"gateway_sign", hmac_set_up, gateway_sign_run, gateway_tear_down, false},
    {"verifier_new", config_set_up, verifier_new_run, config_tear_down, false},
    {"verifier_judge", verifier_set_up, verifier_run, verifier_tear_down, false},
    {"update_translate", nothing, update_run, no_more, false},
    {"updates_split", nothing, updates_split_run, no_more, false},
    {"sender_new", nothing, sender_new_and_destroy, no_more, false},
    {"sender", sender_set_up, sender_run, sender_tear_down, false},
    {"letter_render", letter_set_up, letter_run, letter_tear_down, true},
    {"calendar_new", nothing, calendar_run, no_more, true},
    {"ledger_open", ledger_memory_set_up, ledger_open_run, ledger_tear_down, true},
    {"ledger_apply_memory", ledger_memory_set_up, ledger_run, ledger_tear_down, false},
    {"ledger_apply_disk", ledger_disk_set_up, ledger_run, ledger_tear_down, false},
    {"ledger_configure_memory", ledger_memory_set_up, ledger_configure_run, ledger_tear_down, true},
    {"ledger_configure_disk", ledger_disk_set_up, ledger_configure_run, ledger_tear_down, true},
    {"ledger_query", ledger_memory_set_up, ledger_query_run, ledger_tear_down, false},
    {"ledger_work", ledger_memory_set_up, ledger_work_run, ledger_tear_down, false},
    {"dispatch_new", nothing, dispatch_new_run, no_more, false},
    {"dispatch", dispatch_set_up, dispatch_run, dispatch_tear_down, false},
    {"dispatch_walk", dispatch_walk_set_up, dispatch_walk_run, dispatch_tear_down, false},
    {"journal_open", nothing, journal_open_run, no_more, false},
    {"journal_append", journal_set_up, journal_run, journal_tear_down, false},
    {"journal_read", journal_trim_set_up, journal_read_run, journal_tear_down, false},
    {"journal_trim", journal_trim_set_up, journal_trim_run, journal_tear_down, false},
    {"wire", nothing, wire_run, no_more, false},
    {"json", nothing, json_run, no_more, false},
    {"http_route", nothing, route_run, no_more, false},
    {"http_api", config_set_up, api_run, config_tear_down, false},
};

static void say_where(int number)
{
    void *frames[32];
    allocations_disarm();
    tracing = false;
    fprintf(stderr, "%s: signal %d with allocation %" PRIu64 "%s refused\n", current, number,
            current_number, current_times == 1 ? "" : " and all after it");
    backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
    _exit(1);
}

/* One round; false when it went wrong. *enough: the unit allocates less often than that. */
static bool round_with(const struct unit *unit, uint64_t number, uint64_t times, bool *enough)
{
    current_number = number;
    current_times = times;
    buf_deinit(&out);
    buf_deinit(&second);
    buf_init(&out, 1 << 20);
    buf_init(&second, 1 << 20);
    if (!unit->set_up()) {
        fprintf(stderr, "%s: cannot be set up\n", unit->name);
        return false;
    }
    allocations_arm(number, times);
    enum answer answer = unit->run();
    allocations_disarm();
    *enough = refused_count == 0;
    ERR_clear_error();
    bool right = answer != WRONG && (answer == RIGHT || !*enough);
    if (!right)
        fprintf(stderr, "%s: %s with allocation %" PRIu64 "%s refused\n", unit->name,
                answer == WRONG ? "a wrong answer" : "refuses", number,
                times == 1 ? "" : " and all after it");
    refused_count = 0;
    if (right && unit->run() != RIGHT) {
        fprintf(stderr, "%s: does not work again after allocation %" PRIu64 "\n", unit->name,
                number);
        right = false;
    }
    unit->tear_down();
    buf_deinit(&out);
    buf_deinit(&second);
    return right;
}

/* What grows with every repetition is a leak; what grows a few times is some library's cache. */
static bool leaks(const struct unit *unit, uint64_t number, uint64_t times)
{
    bool enough;
    int64_t before = 0;
    for (int i = 0; i < 48; i++) {
        if (i == 40)
            before = atomic_load(&blocks_live);
        if (!round_with(unit, number, times, &enough))
            return true;
    }
    if (atomic_load(&blocks_live) - before < 8)
        return false;
    fprintf(stderr, "%s: leaks with allocation %" PRIu64 "%s refused, taken at\n", unit->name,
            number, times == 1 ? "" : " and all after it");
    trace_begin();
    bool again = round_with(unit, number, times, &enough);
    trace_end();
    return again || true;
}

static int torture(const struct unit *unit)
{
    bool enough = false;
    current = unit->name;
    icu_spared = unit->spares_icu;
    for (int i = 0; i < 3; i++) /* fills what libraries keep */
        if (!round_with(unit, 0, 0, &enough))
            return 1;
    uint64_t number = 0, rounds = 0;
    for (enough = false; !enough; rounds += 2) {
        static const uint64_t times[] = {1, FOR_EVER};
        number++;
        for (int i = 0; i < 2; i++) {
            int64_t before = atomic_load(&blocks_live);
            if (!round_with(unit, number, times[i], &enough))
                return 1;
            if (atomic_load(&blocks_live) > before && leaks(unit, number, times[i]))
                return 1;
        }
    }
    printf("%s: %" PRIu64 " allocations, %" PRIu64 " rounds\n", unit->name, number - 1, rounds);
    return 0;
}

int main(int argc, char **argv)
{
    size_t count = sizeof units / sizeof *units;
    void *frames[4];
    (void)backtrace(frames, 4); /* loads what it needs */
    if (argc == 1) {
        for (size_t i = 0; i < count; i++)
            puts(units[i].name);
        return 0;
    }
    if (argc != 3)
        return 2;
    dir = argv[2];
    UErrorCode status = U_ZERO_ERROR;
    u_setMemoryFunctions(NULL, icu_malloc, icu_realloc, icu_free, &status);
    if (U_FAILURE(status))
        return 2;
    signal(SIGSEGV, say_where);
    signal(SIGABRT, say_where);
    signal(SIGFPE, say_where);
    signal(SIGBUS, say_where);
    for (size_t i = 0; i < count; i++)
        if (strcmp(argv[1], units[i].name) == 0)
            return torture(&units[i]);
    fprintf(stderr, "there is no unit %s\n", argv[1]);
    return 2;
}
