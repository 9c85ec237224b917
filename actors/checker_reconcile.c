/* What gateways say was paid, beside what their callbacks say. */
#include "actors/checker.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

enum { LOOK_MS = 1000 };

static enum reconcile_taken found(void *context, const struct config_gateway *gateway,
                                  const struct payment_event *event, bool whole);
static bool hand_in(struct checker *it, const struct config_gateway *gateway,
                    const struct payment_event *event);
static void say(const struct config_gateway *gateway, const struct reconcile_run *run);

void checker_reconcile(struct checker *it)
{
    uint64_t wall_ms = clock_wall_ms();
    if (clock_mono_ms() < it->look_ms)
        return;
    it->look_ms = clock_mono_ms() + LOOK_MS;
    for (size_t i = 0; i < it->config->gateway_count; i++) {
        const struct config_gateway *gateway = &it->config->gateways[i];
        struct inquiry *inquiry = inquiry_new(INQUIRY_LIST, 0, 0);
        if (inquiry == NULL)
            return;
        if (!reconcile_begin(it->reconcile, it->config, gateway, wall_ms, &inquiry->ask)) {
            inquiry_destroy(&inquiry);
        } else if (!inquiries_add(it->inquiries, gateway, inquiry, clock_mono_ms())) {
            const struct inquiry_answer late = {.late = true};
            inquiry->gateway = gateway;
            (void)checker_list_answered(it, inquiry, &late);
            inquiry_destroy(&inquiry);
        }
    }
}

bool checker_list_answered(struct checker *it, struct inquiry *inquiry,
                           const struct inquiry_answer *answer)
{
    const struct reconcile_owner owner = {.context = it, .found = found};
    struct reconcile_run run;
    if (reconcile_answer(it->reconcile, it->config, inquiry->gateway, answer->status, answer->body,
                         clock_wall_ms(), &owner, &inquiry->ask, &run))
        return true;
    const struct inquiry_answer told = {.status = run.failed ? run.status : answer->status,
                                        .late = answer->late};
    bool refused = told.status == 401 || told.status == 403;
    checker_note(inquiry->gateway,
                 !run.failed ? GATEWAY_accepted
                 : refused   ? GATEWAY_keys_refused
                             : GATEWAY_not_answered,
                 &told);
    say(inquiry->gateway, &run);
    return false;
}

bool checker_payment_answered(struct checker *it, struct inquiry *inquiry,
                              const struct inquiry_answer *answer)
{
    struct payment_event event;
    enum gateway_verdict verdict = checker_judge(inquiry, answer, &event);
    if (verdict == GATEWAY_accepted && hand_in(it, inquiry->gateway, &event))
        reconcile_remember(it->reconcile, inquiry->gateway, &event);
    return verdict == GATEWAY_unchecked;
}

bool checker_hand_in(struct checker *it, const struct config_gateway *gateway,
                     const struct payment_event *event)
{
    callback_take(gateway, event, &it->judgement);
    return it->judgement.kind == JUDGEMENT_COMMAND &&
           handover_command(&it->handover, 0, 0, &it->judgement);
}

static enum reconcile_taken found(void *context, const struct config_gateway *gateway,
                                  const struct payment_event *event, bool whole)
{
    struct checker *it = context;
    if (whole)
        return hand_in(it, gateway, event) ? RECONCILE_TAKEN : RECONCILE_FULL;
    struct inquiry *inquiry = inquiry_new(INQUIRY_PAYMENT, 0, 0);
    if (inquiry != NULL &&
        check_about(gateway, slice_from(event->payment_id), &inquiry->check, &inquiry->ask) &&
        inquiries_add(it->inquiries, gateway, inquiry, clock_mono_ms()))
        return RECONCILE_LATER;
    inquiry_destroy(&inquiry);
    return RECONCILE_LATER;
}

static bool hand_in(struct checker *it, const struct config_gateway *gateway,
                    const struct payment_event *event)
{
    if (!checker_hand_in(it, gateway, event))
        return false;
    metric_add(metric_series(METRIC_usher_reconciled_total, gateway->name, "handed_in"), 1);
    return true;
}

/* The ledger says what was new of it; here is said that there was something to look at. */
static void say(const struct config_gateway *gateway, const struct reconcile_run *run)
{
    metric_add(metric_series(METRIC_usher_reconciled_total, gateway->name, "listed"), run->listed);
    metric_add(
        metric_series(METRIC_usher_reconciled_total, gateway->name, run->failed ? "failed" : "run"),
        1);
    if (run->handed_in > 0 || run->cut)
        log_event(LOG_reconciled, "gateway=%s listed=%u handed_in=%u pages=%u cut=%d",
                  gateway->name, run->listed, run->handed_in, run->pages, run->cut);
}
