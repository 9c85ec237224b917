#include "pay.h"

#include "memory.h"
#include "notify.h"
#include "objects.h"
#include "say.h"
#include "sim.h"

#include "base/json.h"

#include <stdlib.h>

enum { PAYMENT_JSON_BYTES_MAX = 4096 };

static const char link_prefix[] = "https://t.me/$sim";
static const char charge_prefix[] = "stx";
static const char *const state_names[] = {"waiting", "paid", "refused", "expired"};

static struct payment *payment_make(struct sim *sim, struct user *user,
                                    const struct invoice *invoice);
static void payment_settle(struct sim *sim, struct payment *payment);
static void payment_tell(struct sim *sim, const struct payment *payment, const char *member,
                         const struct payment *first);
static void payment_expire(struct sim *sim, const struct timer *timer);
static void entry_add(struct sim *sim, const struct payment *payment, bool refund);
static void render_payment(const struct payment *payment, struct buf *out);
static bool number_behind(struct slice text, const char *prefix, int64_t *out);

struct invoice *pay_invoice_make(struct world *world, const struct invoice *invoice)
{
    struct invoice *made = memory_new(1, sizeof(*made));
    *made = *invoice;
    made->id = (int64_t)world->invoices.count + 1;
    made->title = memory_text(slice_from(invoice->title));
    made->description = memory_text(slice_from(invoice->description));
    made->payload = memory_text(slice_from(invoice->payload));
    made->start_parameter = memory_text(slice_from(invoice->start_parameter));
    map_put(&world->invoices, (uint64_t)made->id, made);
    return made;
}

struct invoice *pay_invoice_find(const struct world *world, struct slice link)
{
    int64_t id = 0;
    return number_behind(link, link_prefix, &id) ? map_get(&world->invoices, (uint64_t)id) : NULL;
}

struct payment *pay_begin(struct sim *sim, struct user *user, const struct invoice *invoice,
                          bool lost)
{
    struct payment *payment = payment_make(sim, user, invoice);
    payment->lost = lost;
    notify_checkout(sim, payment);
    timers_add(&sim->timers, (struct timer){.due_us = sim->now_us + PAY_ANSWER_MS * UINT64_C(1000),
                                            .run = payment_expire,
                                            .a = payment->id});
    return payment;
}

struct payment *pay_find(const struct world *world, int64_t id)
{
    return map_get(&world->payments, (uint64_t)id);
}

struct payment *pay_charge(const struct world *world, struct slice charge_id)
{
    int64_t id = 0;
    struct payment *payment =
        number_behind(charge_id, charge_prefix, &id) ? pay_find(world, id) : NULL;
    return payment && payment->state == PAYMENT_PAID ? payment : NULL;
}

bool pay_answer(struct sim *sim, struct payment *payment, struct slice error)
{
    if (payment->state != PAYMENT_WAITING)
        return false;
    if (error.data) {
        payment->state = PAYMENT_REFUSED;
        payment->refusal = memory_text(error);
        return true;
    }
    if (payment->invoice->period_s)
        payment->expires_s = object_date(&sim->world, sim->now_ms) + payment->invoice->period_s;
    payment_settle(sim, payment);
    payment_tell(sim, payment, "successful_payment", payment);
    return true;
}

void pay_refund(struct sim *sim, struct payment *payment)
{
    payment->refunded = true;
    entry_add(sim, payment, true);
    payment_tell(sim, payment, "refunded_payment", NULL);
}

struct payment *pay_renew(struct sim *sim, struct payment *first, bool lost)
{
    if (first->canceled)
        return NULL;
    struct payment *payment = payment_make(sim, first->user, first->invoice);
    payment->first = first->id;
    payment->lost = lost;
    first->expires_s += first->invoice->period_s;
    payment_settle(sim, payment);
    payment_tell(sim, payment, "successful_payment", first);
    return payment;
}

void pay_render(const struct sim *sim, const struct user *user, struct buf *out)
{
    const struct map *payments = &sim->world.payments;
    bool first = true;
    buf_append_text(out, ",\"payments\":[");
    for (size_t i = 0; i < payments->count; i++) {
        const struct payment *payment = payments->entries[i].value;
        if (user && payment->user != user)
            continue;
        buf_append_text(out, first ? "" : ",");
        render_payment(payment, out);
        first = false;
    }
    buf_append_text(out, "]");
}

void pay_transactions(const struct sim *sim, const struct bot *bot, int64_t offset, int64_t limit,
                      struct buf *out)
{
    const struct world *world = &sim->world;
    int64_t nth = 0;
    buf_append_text(out, "{\"transactions\":[");
    for (size_t i = 0; i < world->star_count; i++) {
        const struct star_entry *entry = &world->stars[i];
        const struct invoice *invoice = entry->payment->invoice;
        if (invoice->bot != bot->index || nth++ < offset || nth > offset + limit)
            continue;
        buf_printf(out, "%s{\"id\":\"%s%lld\",\"amount\":%lld,\"date\":%lld,\"%s\":",
                   nth > offset + 1 ? "," : "", charge_prefix, (long long)entry->payment->id,
                   (long long)invoice->stars, object_date(world, entry->at_ms),
                   entry->refund ? "receiver" : "source");
        buf_append_text(out,
                        "{\"type\":\"user\",\"transaction_type\":\"invoice_payment\",\"user\":");
        object_user(out, entry->payment->user);
        buf_append_text(out, ",\"invoice_payload\":");
        json_append_string(out, slice_from(invoice->payload));
        if (invoice->period_s)
            buf_printf(out, ",\"subscription_period\":%lld", (long long)invoice->period_s);
        buf_append_text(out, "}}");
    }
    buf_append_text(out, "]}");
}

void pay_deinit(struct world *world)
{
    for (size_t i = 0; i < world->invoices.count; i++) {
        struct invoice *invoice = world->invoices.entries[i].value;
        free(invoice->title);
        free(invoice->description);
        free(invoice->payload);
        free(invoice->start_parameter);
        free(invoice);
    }
    for (size_t i = 0; i < world->payments.count; i++) {
        struct payment *payment = world->payments.entries[i].value;
        free(payment->refusal);
        free(payment);
    }
    map_deinit(&world->invoices);
    map_deinit(&world->payments);
    free(world->stars);
}

static struct payment *payment_make(struct sim *sim, struct user *user,
                                    const struct invoice *invoice)
{
    struct payment *payment = memory_new(1, sizeof(*payment));
    payment->id = sim->world.next_payment++;
    payment->user = user;
    payment->invoice = invoice;
    payment->asked_ms = sim->now_ms;
    map_put(&sim->world.payments, (uint64_t)payment->id, payment);
    return payment;
}

static void payment_settle(struct sim *sim, struct payment *payment)
{
    payment->state = PAYMENT_PAID;
    payment->paid_ms = sim->now_ms;
    entry_add(sim, payment, false);
}

/* A service message in the private chat. first: of the subscription that successful_payment tells
 * of; NULL: of none. */
static void payment_tell(struct sim *sim, const struct payment *payment, const char *member,
                         const struct payment *first)
{
    const struct invoice *invoice = payment->invoice;
    struct buf json;
    if (first && payment->lost)
        return;
    buf_init(&json, PAYMENT_JSON_BYTES_MAX);
    buf_printf(&json,
               ",\"%s\":{\"currency\":\"XTR\",\"total_amount\":%lld,\"invoice_payload\":", member,
               (long long)invoice->stars);
    json_append_string(&json, slice_from(invoice->payload));
    if (first && first->expires_s) {
        buf_printf(&json, ",\"subscription_expiration_date\":%lld,\"is_recurring\":true",
                   (long long)first->expires_s);
        if (first == payment)
            buf_append_text(&json, ",\"is_first_recurring\":true");
    }
    buf_printf(
        &json,
        ",\"telegram_payment_charge_id\":\"%s%lld\",\"provider_payment_charge_id\":\"%lld\"}",
        charge_prefix, (long long)payment->id, (long long)payment->id);
    buf_append_u8(&json, 0);
    if (json.failed)
        report_warning(sim, -1, "a payment's message was too large");
    else
        (void)say_private(sim, payment->user, &sim->world.bots[invoice->bot],
                          &(struct saying){.extra = buf_slice(&json).data});
    buf_deinit(&json);
}

static void payment_expire(struct sim *sim, const struct timer *timer)
{
    struct payment *payment = pay_find(&sim->world, timer->a);
    if (payment && payment->state == PAYMENT_WAITING)
        payment->state = PAYMENT_EXPIRED;
}

static void entry_add(struct sim *sim, const struct payment *payment, bool refund)
{
    struct world *world = &sim->world;
    if (!(world->star_count & (world->star_count - 1))) /* full at each power of two */
        world->stars = memory_grow(world->stars, world->star_count ? world->star_count * 2 : 1,
                                   sizeof(*world->stars));
    world->stars[world->star_count++] =
        (struct star_entry){.payment = payment, .refund = refund, .at_ms = sim->now_ms};
}

static void render_payment(const struct payment *payment, struct buf *out)
{
    buf_printf(out,
               "{\"pre_checkout_query_id\":\"%lld\",\"user_id\":%lld,\"state\":\"%s\","
               "\"stars\":%lld,\"refunded\":%s,\"payload\":",
               (long long)payment->id, (long long)payment->user->id, state_names[payment->state],
               (long long)payment->invoice->stars, payment->refunded ? "true" : "false");
    json_append_string(out, slice_from(payment->invoice->payload));
    if (payment->state == PAYMENT_PAID)
        buf_printf(out, ",\"charge_id\":\"%s%lld\",\"paid_ms\":%llu", charge_prefix,
                   (long long)payment->id, (unsigned long long)payment->paid_ms);
    if (payment->refusal) {
        buf_append_text(out, ",\"error_message\":");
        json_append_string(out, slice_from(payment->refusal));
    }
    if (payment->expires_s)
        buf_printf(out, ",\"subscription_expiration_date\":%lld,\"canceled\":%s",
                   (long long)payment->expires_s, payment->canceled ? "true" : "false");
    buf_append_text(out, "}");
}

static bool number_behind(struct slice text, const char *prefix, int64_t *out)
{
    size_t len = strlen(prefix);
    long long value = 0;
    if (text.len <= len || memcmp(text.data, prefix, len) != 0 ||
        !slice_to_i64(slice_of(text.data + len, text.len - len), &value))
        return false;
    *out = value;
    return true;
}
