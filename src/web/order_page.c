#include "config/web.h"
#include "web/frame.h"

#include <stdio.h>

/* By what an order's state is called: the words, and what may be done. */
static const struct state {
    const char *name;
    enum word is, next;
    const char *badge;
    bool open, again, claimable;
} states[] = {
    {"open", WORD_open, WORD_open_bot, "badge", true, false, false},
    {"paid", WORD_paid, WORD_paid_next, "badge good", false, false, true},
    {"fulfilled", WORD_fulfilled, WORD_fulfilled_next, "badge good", false, false, false},
    {"expired", WORD_expired, WORD_expired_next, "badge bad", false, true, false},
    {"cancelled", WORD_cancelled, WORD_cancelled_next, "badge bad", false, true, false},
    {"refunded", WORD_refunded, WORD_refunded_next, "badge bad", false, true, false},
    {"partly_refunded", WORD_partly_refunded, WORD_partly_refunded_next, "badge", false, false,
     true},
    {"disputed", WORD_disputed, WORD_disputed_next, "badge bad", false, false, false},
};
/* One that a later usher may have. */
static const struct state other = {"",   WORD_other_state, WORD_other_next, "badge", false, false,
                                   false};

/* An order's page in the making. */
struct order_view {
    struct frame frame;
    const cJSON *order;
    const struct state *state;
    bool unclaimed;                 /* it is nobody's yet (modules/order/claim.h) */
    bool taps;                      /* it can be paid by a tap here */
    const struct config_plan *plan; /* NULL: the configuration has it no more */
    struct slice title;             /* the plan's, or its name */
    char period[CALENDAR_TEXT_SIZE];
};

static const struct state *state_of(struct slice name);
static void lead(const struct order_view *view);
static void wait(const struct order_view *view);
static void facts(const struct order_view *view);
static void lines(const struct order_view *view);
static void line_name(const struct order_view *view, const cJSON *line);
static void actions(const struct order_view *view, struct slice token);
static void tap(const struct order_view *view, struct slice token, struct slice amount);
static void fact(const struct frame *frame, enum word word, struct slice value);
static void when(const struct order_view *view, enum word word, const char *member, bool zone);
static struct slice text_of(const cJSON *item, const char *name);

void page_order(const struct page_site *site, const cJSON *order, struct slice token,
                enum language language, struct buf *out)
{
    struct order_view view = {.frame = {site, language, out},
                              .order = order,
                              .state = state_of(text_of(order, "state")),
                              .unclaimed = cJSON_IsNull(json_member(order, "telegram_id")),
                              .taps = page_order_taps(site, order),
                              .plan = config_plan_find(site->config, text_of(order, "plan"))};
    char number[24], title[64];
    int64_t serial = 0;
    view.title = view.plan == NULL ? text_of(order, "plan") : slice_from(view.plan->title);
    frame_period_text(&view.frame, text_of(order, "period"), view.period, sizeof view.period);
    (void)json_i64(json_member(order, "number"), &serial);
    (void)snprintf(number, sizeof number, "%lld", (long long)serial);
    struct buf heading;
    buf_init(&heading, sizeof title);
    html_put(&heading, word_get(WORD_order, language), slice_from(number));
    frame_begin(&view.frame, buf_slice(&heading), true, "two");
    html_put(out, "<section class=\"card wide\">\n<h1>$1</h1>\n", buf_slice(&heading));
    buf_deinit(&heading);
    lead(&view);
    facts(&view);
    buf_append_text(out, "</section>\n<section class=\"card side\">\n");
    lines(&view);
    actions(&view, token);
    buf_append_text(out, "</section>\n");
    frame_rules(&view.frame, view.plan);
    frame_end(&view.frame, true);
}

bool page_order_taps(const struct page_site *site, const cJSON *order)
{
    return site->phone && state_of(text_of(order, "state"))->open &&
           text_of(order, "by_phone").len > 0;
}

static const struct state *state_of(struct slice name)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (slice_is(name, states[i].name))
            return &states[i];
    return &other;
}

/* In words: how it stands, and what to do next. */
static void lead(const struct order_view *view)
{
    const struct frame *frame = &view->frame;
    struct buf *out = frame->out;
    char until[CALENDAR_TEXT_SIZE];
    struct slice expires = text_of(view->order, "expires");
    struct slice late = text_of(view->order, "late");
    html_put(out, "<p class=\"$1\">$2</p>\n<p>", slice_from(view->state->badge),
             slice_from(word_get(view->state->is, frame->language)));
    if (view->state->open && expires.len > 0) {
        frame_time_text(frame, expires, until, sizeof until);
        frame_say(frame, open_next, slice_from(until));
        buf_append_text(out, "</p>\n<p>");
    }
    struct slice pay = view->state->open ? text_of(view->order, "pay_url") : SLICE("");
    bool claimable = view->unclaimed && view->state->claimable;
    html_put(out, word_get(view->taps            ? WORD_open_tap
                           : html_may_link(pay)  ? WORD_open_pay
                           : web_is_scanned(pay) ? WORD_open_scan
                           : claimable           ? WORD_unclaimed_next
                                                 : view->state->next,
                           frame->language));
    wait(view);
    if (view->unclaimed && view->state->open) {
        buf_append_text(out, "</p>\n<p>");
        frame_say(frame, unclaimed_open);
    }
    if (view->state->is == WORD_expired && late.len > 0) {
        frame_time_text(frame, late, until, sizeof until);
        buf_append_text(out, "</p>\n<p>");
        frame_say(frame, expired_late, slice_from(until));
    }
    buf_append_text(out, "</p>\n");
    if (view->state->open)
        html_put(out, "<p class=\"soft\">$1</p>\n",
                 slice_from(word_get(WORD_reload, frame->language)));
}

/* The receipt and the way in stand in a long queue. */
static void wait(const struct order_view *view)
{
    const struct frame *frame = &view->frame;
    int64_t seconds = 0;
    char count[24];
    if (!json_i64(json_member(view->order, "expected_seconds"), &seconds) || seconds <= 0)
        return;
    bool minutes = seconds > 90;
    (void)snprintf(count, sizeof count, "%lld",
                   (long long)(minutes ? (seconds + 59) / 60 : seconds));
    buf_append_text(frame->out, "</p>\n<p>");
    html_put(frame->out, word_get(minutes ? WORD_wait_minutes : WORD_wait_seconds, frame->language),
             slice_from(count));
}

static void facts(const struct order_view *view)
{
    const struct frame *frame = &view->frame;
    buf_append_text(frame->out, "<dl>\n");
    fact(frame, WORD_order_id, text_of(view->order, "order_id"));
    fact(frame, WORD_plan, view->title);
    fact(frame, WORD_period, slice_from(view->period));
    if (cJSON_IsTrue(json_member(view->order, "renews")))
        fact(frame, WORD_renewal, slice_from(word_get(WORD_renews, frame->language)));
    if (view->state->open)
        when(view, WORD_valid_until, "expires", true);
    when(view, WORD_paid_at, "paid", true);
    when(view, WORD_ended_at, "ended", true);
    buf_append_text(frame->out, "</dl>\n");
}

static void fact(const struct frame *frame, enum word word, struct slice value)
{
    html_put(frame->out, "<dt>$1</dt><dd>$2</dd>\n", slice_from(word_get(word, frame->language)),
             value);
}

static void when(const struct order_view *view, enum word word, const char *member, bool zone)
{
    const struct frame *frame = &view->frame;
    struct slice utc = text_of(view->order, member);
    if (utc.len == 0)
        return;
    html_put(frame->out, "<dt>$1</dt><dd>", slice_from(word_get(word, frame->language)));
    frame_time(frame, utc);
    if (zone && frame->site->config->timezone != NULL)
        html_put(frame->out, " <span class=\"soft\">$1</span>",
                 slice_from(frame->site->config->timezone));
    buf_append_text(frame->out, "</dd>\n");
}

/* Amounts stand as the order has them. */
static void lines(const struct order_view *view)
{
    const struct frame *frame = &view->frame;
    struct slice currency = text_of(view->order, "currency");
    const cJSON *list = json_member(view->order, "lines");
    html_put(frame->out, "<table>\n<caption>$1</caption>\n<tbody>\n",
             slice_from(word_get(WORD_lines, frame->language)));
    for (const cJSON *line = cJSON_IsArray(list) ? list->child : NULL; line != NULL;
         line = line->next) {
        buf_append_text(frame->out, "<tr><th scope=\"row\">");
        line_name(view, line);
        html_put(frame->out, "</th><td>$1 $2</td></tr>\n", text_of(line, "amount"), currency);
    }
    html_put(frame->out,
             "</tbody>\n<tfoot><tr><th scope=\"row\">$1</th><td>$2 $3</td></tr></tfoot>\n"
             "</table>\n",
             slice_from(word_get(WORD_total, frame->language)), text_of(view->order, "amount"),
             currency);
}

static void line_name(const struct order_view *view, const cJSON *line)
{
    const struct frame *frame = &view->frame;
    struct slice kind = text_of(line, "kind");
    struct slice ref = text_of(line, "ref");
    if (slice_is(kind, "plan"))
        frame_say(frame, line_plan, view->title, slice_from(view->period));
    else if (slice_is(kind, "coupon"))
        frame_say(frame, line_coupon, ref);
    else if (slice_is(kind, "credit"))
        frame_say(frame, line_credit);
    else if (slice_is(kind, "offer"))
        frame_say(frame, line_offer);
    else
        frame_say(frame, line_other, kind, ref);
}

/* To pay while it is open, to order again once it is over; the bot in any case. */
static void actions(const struct order_view *view, struct slice token)
{
    const struct frame *frame = &view->frame;
    char bot_url[160], amount[64], again[64];
    struct slice pay = view->state->open ? text_of(view->order, "pay_url") : SLICE("");
    struct slice bot = frame_bot_url(frame, "o_", token, bot_url, sizeof bot_url);
    bool payable = html_may_link(pay);
    (void)snprintf(amount, sizeof amount, "%.*s %.*s", SLICE_ARG(text_of(view->order, "amount")),
                   SLICE_ARG(text_of(view->order, "currency")));
    if (view->taps)
        tap(view, token, slice_from(amount));
    buf_append_text(frame->out, "<p class=\"act\">\n");
    frame_button(frame, "button first", pay, WORD_pay, slice_from(amount));
    if (view->state->again && view->plan != NULL) {
        (void)snprintf(again, sizeof again, "/p/%s", view->plan->name);
        html_put(frame->out, "<a class=\"button first\" href=\"$1\">$2</a>\n", slice_from(again),
                 slice_from(word_get(WORD_order_again, frame->language)));
    }
    frame_button(frame, payable || view->taps || view->state->again ? "button" : "button first",
                 bot, WORD_open_telegram, SLICE(""));
    buf_append_text(frame->out, "</p>\n");
    if (payable || web_is_scanned(pay))
        frame_scan(frame, pay, payable ? WORD_scan_pay : WORD_scan_weixin);
    else if (view->state->open || (view->unclaimed && view->state->claimable))
        frame_scan(frame, bot, WORD_scan_telegram);
}

/* The gateway is asked for a place for this very phone, so it is no link. */
static void tap(const struct order_view *view, struct slice token, struct slice amount)
{
    const struct frame *frame = &view->frame;
    html_put(frame->out,
             "<form class=\"act\" method=\"post\" action=\"/o/$1/pay\">\n"
             "<button class=\"button first\" type=\"submit\">",
             token);
    html_put(frame->out, word_get(WORD_pay, frame->language), amount);
    buf_append_text(frame->out, "</button>\n</form>\n");
}

static struct slice text_of(const cJSON *item, const char *name)
{
    struct slice text = json_string(json_member(item, name));
    return text.data == NULL ? SLICE("") : text;
}
