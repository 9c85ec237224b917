#include "modules/figures/figures.h"

#include "base/money.h"
#include "ledger/rows.h"

#include <stdio.h>
#include <string.h>

enum { MICROS_DECIMALS = 6, RATE_DIGITS_MAX = 15 };

static void number_key(struct key *key, uint64_t number);
static bool rate_parse(struct slice text, uint64_t *micros);
static void add_spend(const struct record_spend *spend, cJSON *out);
static void add_rate(const struct record_rate *rate, cJSON *out);

unsigned op_spend_enter(struct ledger *ledger, const struct spend_enter *ask)
{
    struct record_spend spend = {.amount = ask->amount};
    struct key key;
    if (ask->channel.len == 0 || ask->amount <= 0 ||
        !slice_copy(ask->channel, spend.channel, sizeof spend.channel) ||
        !slice_copy(ask->currency, spend.currency, sizeof spend.currency) ||
        !slice_copy(ask->note, spend.note, sizeof spend.note))
        return RESULT_spend_invalid;
    spend.at = ask->at != 0 ? ask->at : ledger->at_ms;
    spend.spend_id = row_number(ledger, shape_record_spend());
    number_key(&key, spend.spend_id);
    row_store(ledger, shape_record_spend(), &key, &spend);
    ledger->subject = spend.spend_id;
    return RESULT_ok;
}

unsigned op_spend_delete(struct ledger *ledger, const struct spend_delete *ask)
{
    struct record_spend spend;
    struct key key;
    number_key(&key, ask->spend_id);
    if (!row_load(ledger, shape_record_spend(), &key, &spend))
        return RESULT_spend_unknown;
    row_delete(ledger, shape_record_spend(), &key);
    ledger->subject = ask->spend_id;
    return RESULT_ok;
}

static void answer_spend(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct record_spend spend;
    struct key key;
    (void)command;
    number_key(&key, subject);
    if (row_load(ledger, shape_record_spend(), &key, &spend))
        add_spend(&spend, out);
    else
        cJSON_AddNumberToObject(out, "spend_id", (double)subject);
}

bool ask_spend_list(struct ledger *ledger, const struct spend_list *ask, cJSON *out)
{
    uint64_t left = ask->limit == 0                 ? FIGURES_LIST_DEFAULT
                    : ask->limit < FIGURES_LIST_MAX ? ask->limit
                                                    : FIGURES_LIST_MAX;
    struct record_spend spend = {.spend_id = 0};
    struct key key;
    cJSON *list = cJSON_AddArrayToObject(out, "spend");
    number_key(&key, ask->cursor == 0 ? UINT64_MAX : ask->cursor);
    bool more = true;
    while (left-- > 0 && (more = row_before(ledger, shape_record_spend(), SLICE(""), &key, &spend)))
        add_spend(&spend, json_add_item(list));
    if (more && spend.spend_id > 1)
        cJSON_AddNumberToObject(out, "next_cursor", (double)spend.spend_id);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    return true;
}

unsigned op_rate_enter(struct ledger *ledger, const struct rate_enter *ask)
{
    struct record_rate rate = {.micros = 0};
    struct key key;
    const char *currency = currency_find(ask->currency);
    const char *base = currency_find(ask->base);
    if (currency == NULL || base == NULL || strcmp(currency, base) == 0 ||
        !rate_parse(ask->rate, &rate.micros) ||
        !slice_copy(slice_from(currency), rate.currency, sizeof rate.currency) ||
        !slice_copy(slice_from(base), rate.base, sizeof rate.base))
        return RESULT_rate_invalid;
    rate.at = ask->at != 0 ? ask->at : ledger->at_ms;
    rate.rate_id = row_number(ledger, shape_record_rate());
    number_key(&key, rate.rate_id);
    row_store(ledger, shape_record_rate(), &key, &rate);
    ledger->subject = rate.rate_id;
    return RESULT_ok;
}

static void answer_rate(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct record_rate rate;
    struct key key;
    (void)command;
    number_key(&key, subject);
    if (row_load(ledger, shape_record_rate(), &key, &rate))
        add_rate(&rate, out);
}

bool ask_rate_list(struct ledger *ledger, const struct rate_list *ask, cJSON *out)
{
    uint64_t left = ask->limit == 0                 ? FIGURES_LIST_DEFAULT
                    : ask->limit < FIGURES_LIST_MAX ? ask->limit
                                                    : FIGURES_LIST_MAX;
    struct record_rate rate = {.rate_id = 0};
    struct key key;
    cJSON *list = cJSON_AddArrayToObject(out, "rates");
    number_key(&key, ask->cursor == 0 ? UINT64_MAX : ask->cursor);
    bool more = true;
    while (left-- > 0 && (more = row_before(ledger, shape_record_rate(), SLICE(""), &key, &rate)))
        add_rate(&rate, json_add_item(list));
    if (more && rate.rate_id > 1)
        cJSON_AddNumberToObject(out, "next_cursor", (double)rate.rate_id);
    else
        cJSON_AddNullToObject(out, "next_cursor");
    return true;
}

static void number_key(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u64(key, number);
}

/* "1.085" -> 1085000. */
static bool rate_parse(struct slice text, uint64_t *micros)
{
    size_t digits = 0;
    int decimals = -1;
    *micros = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.' && decimals < 0 && digits > 0) {
            decimals = 0;
            continue;
        }
        if (text.data[i] < '0' || text.data[i] > '9' || decimals == MICROS_DECIMALS ||
            ++digits > RATE_DIGITS_MAX)
            return false;
        *micros = *micros * 10 + (uint64_t)(text.data[i] - '0');
        decimals += decimals >= 0;
    }
    if (decimals == 0)
        return false;
    for (int i = decimals < 0 ? 0 : decimals; i < MICROS_DECIMALS; i++) {
        if (*micros > UINT64_C(100000000000000000))
            return false;
        *micros *= 10;
    }
    return *micros > 0;
}

static void add_spend(const struct record_spend *spend, cJSON *out)
{
    cJSON_AddNumberToObject(out, "spend_id", (double)spend->spend_id);
    cJSON_AddStringToObject(out, "channel", spend->channel);
    json_add_money(out, spend->amount, spend->currency);
    json_add_time(out, "at", spend->at);
    cJSON_AddStringToObject(out, "note", spend->note);
}

static void add_rate(const struct record_rate *rate, cJSON *out)
{
    char text[32];
    cJSON_AddNumberToObject(out, "rate_id", (double)rate->rate_id);
    cJSON_AddStringToObject(out, "currency", rate->currency);
    cJSON_AddStringToObject(out, "base", rate->base);
    snprintf(text, sizeof text, "%llu.%06llu", (unsigned long long)(rate->micros / 1000000),
             (unsigned long long)(rate->micros % 1000000));
    cJSON_AddStringToObject(out, "rate", text);
    json_add_time(out, "at", rate->at);
}

#define MODULE_DEF    "modules/figures/figures.def"
#define MODULE_SELF   MODULE_figures
#define MODULE_SHAPES shapes_of_figures
#include "ledger/define.h"

const struct module module_figures = {.name = "figures",
                                      .number = MODULE_figures,
                                      .shapes = shapes_of_figures,
                                      .config = &figures_config,
                                      .results = module_results,
                                      .ops = module_ops,
                                      .asks = module_asks,
                                      .configured = rounds_configured,
                                      .timer = rounds_timer};
