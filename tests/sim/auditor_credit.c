/* Credit: what was paid beyond an order is the member's, in its currency, and pays a part of their
 * next one, which keeps it while it is open. It goes back with the money, and may be owed then. */
#include "base/money.h"
#include "tests/sim/auditor_state.h"
#include "tests/sim/people.h"
#include "tests/sim/telegram.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const currencies[CURRENCIES_PAID] = {"USD", "EUR"};

static struct credit *credit_of(const struct sim *sim, uint64_t user, const char *currency);
static void add(struct sim *sim, const struct order *order, int64_t amount);

int64_t auditor_credit(const struct sim *sim, uint64_t user, const char *currency)
{
    int64_t amount = credit_of(sim, user, currency)->amount;
    return amount > 0 ? amount : 0;
}

void credit_hold(struct sim *sim, struct order *order)
{
    int64_t credit = auditor_credit(sim, order->user, order->price.currency);
    order->credit = credit < order->price.amount ? credit : order->price.amount;
    order->price.amount -= order->credit;
    add(sim, order, -order->credit);
}

bool credit_left(const struct sim *sim, const struct order *order)
{
    return order->credit == 0 ||
           credit_of(sim, order->user, order->price.currency)->amount >= order->credit;
}

void credit_let_go(struct sim *sim, const struct order *order)
{
    add(sim, order, order->credit);
}

void credit_hold_again(struct sim *sim, const struct order *order)
{
    add(sim, order, -order->credit);
}

void credit_paid(struct sim *sim, struct order *order, int64_t paid)
{
    order->sold = true;
    order->surplus = paid > order->price.amount ? paid - order->price.amount : 0;
    add(sim, order, order->surplus);
}

void credit_given_back(struct sim *sim, const struct taken *money)
{
    struct order *order = money_order(sim, money);
    if (order == NULL || !order->sold || order->paid_by != money_payment(sim, money) + 1)
        return;
    order->sold = false;
    add(sim, order, order->credit - order->surplus);
}

void credit_reinstated(struct sim *sim, const struct taken *money)
{
    struct order *order = money_order(sim, money);
    if (order == NULL || order->sold || order->paid_by != money_payment(sim, money) + 1)
        return;
    order->sold = true;
    add(sim, order, order->surplus - order->credit);
}

void credit_check(struct sim *sim)
{
    for (uint64_t user = 0; user < people_count(sim); user++) {
        for (size_t i = 0; i < CURRENCIES_PAID; i++) {
            const struct credit *credit = credit_of(sim, user, currencies[i]);
            if (!credit->ever)
                continue;
            const struct message_query query = {.what = QUERY_MEMBER,
                                                .subject = telegram_user_id(user)};
            cJSON *root = cJSON_Parse(usher_ask(sim, &query, 200).data);
            const cJSON *told =
                cJSON_GetObjectItem(cJSON_GetObjectItem(root, "credit"), currencies[i]);
            const char *text = cJSON_IsString(told) ? told->valuestring : "none";
            char want[32] = "none";
            if (credit->amount != 0)
                money_format(credit->amount, currencies[i], want, sizeof want);
            CHECK(sim, strcmp(text, want) == 0,
                  "%" PRId64 " has %s of %s beyond their orders, the ledger says %s",
                  telegram_user_id(user), want, currencies[i], text);
            cJSON_Delete(root);
        }
    }
}

static struct credit *credit_of(const struct sim *sim, uint64_t user, const char *currency)
{
    return &sim->auditor->credits[user * CURRENCIES_PAID + (strcmp(currency, "USD") != 0)];
}

static void add(struct sim *sim, const struct order *order, int64_t amount)
{
    struct credit *credit = credit_of(sim, order->user, order->price.currency);
    credit->amount += amount;
    credit->ever = credit->ever || amount != 0;
}
