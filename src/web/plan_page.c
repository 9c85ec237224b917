#include "web/choose.h"
#include "web/frame.h"

#include <stdio.h>

enum { LABELS_BYTES_MAX = CONFIG_GATEWAYS_MAX * (64 * 4 + 2) };

static void lead(const struct frame *frame, const struct config_plan *plan, bool sold_out,
                 int64_t left, bool bounded);
static void opens(const struct frame *frame, const struct config_plan *plan);
static void prices(const struct frame *frame, const struct config_plan *plan);
static void methods(const struct frame *frame);

void page_plan(const struct page_site *site, const struct config_plan *plan, const cJSON *seats,
               enum language language, struct buf *out)
{
    const struct frame frame = {site, language, out};
    char url[128];
    int64_t left = 0;
    bool bounded = json_i64(json_member(seats, "left"), &left);
    bool sold_out = bounded && left <= 0;
    char to[CONFIG_NAME_MAX + sizeof "--u_" + WEB_SOURCE_MAX];
    (void)snprintf(to, sizeof to, "%s%s%.*s", plan->name, site->source.len > 0 ? "--u_" : "",
                   SLICE_ARG(site->source));
    struct slice join = frame_bot_url(&frame, "p_", slice_from(to), url, sizeof url);
    frame_begin(&frame, slice_from(plan->title), false, "two");
    lead(&frame, plan, sold_out, left, bounded);
    buf_append_text(out, "<section class=\"card side\">\n");
    prices(&frame, plan);
    methods(&frame);
    if (!sold_out && join.len > 0) {
        buf_append_text(out, "<p class=\"act\">");
        frame_button(&frame, "button first", join, WORD_join, SLICE(""));
        html_put(out, "</p>\n<p class=\"soft\">$1</p>\n",
                 slice_from(word_get(WORD_join_next, language)));
        frame_scan(&frame, join, WORD_scan_join);
    }
    buf_append_text(out, "</section>\n");
    frame_rules(&frame, plan);
    frame_end(&frame, true);
}

static void lead(const struct frame *frame, const struct config_plan *plan, bool sold_out,
                 int64_t left, bool bounded)
{
    char number[24];
    struct buf *out = frame->out;
    html_put(out, "<section class=\"card wide\">\n<h1>$1</h1>\n<p class=\"soft\">",
             slice_from(plan->title));
    frame_say(frame, plan_lead, slice_from(frame->site->config->community_name));
    buf_append_text(out, "</p>\n");
    (void)snprintf(number, sizeof number, "%lld", (long long)left);
    if (bounded)
        buf_append_text(out, sold_out ? "<p class=\"badge bad\">" : "<p class=\"badge good\">");
    if (sold_out)
        frame_say(frame, sold_out);
    else if (bounded && left == 1)
        frame_say(frame, seat_left);
    else if (bounded)
        frame_say(frame, seats_left, slice_from(number));
    if (bounded)
        buf_append_text(out, "</p>\n");
    if (sold_out)
        html_put(out, "<p>$1</p>\n", slice_from(word_get(WORD_sold_out_next, frame->language)));
    opens(frame, plan);
    buf_append_text(out, "</section>\n");
}

static void opens(const struct frame *frame, const struct config_plan *plan)
{
    html_put(frame->out, "<h2>$1</h2>\n<ul>\n", slice_from(word_get(WORD_opens, frame->language)));
    for (size_t i = 0; i < plan->group_count; i++) {
        buf_append_text(frame->out, "<li>");
        frame_say(frame, opens_group, slice_from(plan->groups[i]->title));
        buf_append_text(frame->out, "</li>\n");
    }
    if (plan->resource_count > 0)
        html_put(frame->out, "<li>$1</li>\n",
                 slice_from(word_get(WORD_opens_pack, frame->language)));
    buf_append_text(frame->out, "</ul>\n");
}

static void prices(const struct frame *frame, const struct config_plan *plan)
{
    struct buf *out = frame->out;
    if (plan->price_count == 0) {
        html_put(out, "<h2>$1</h2>\n<p>$2</p>\n",
                 slice_from(word_get(WORD_prices, frame->language)),
                 slice_from(word_get(WORD_price_none, frame->language)));
        return;
    }
    html_put(out, "<table class=\"price\">\n<caption>$1</caption>\n<tbody>\n",
             slice_from(word_get(WORD_prices, frame->language)));
    for (size_t i = 0; i < plan->price_count; i++) {
        const struct config_price *price = &plan->prices[i];
        char amount[32], period[CALENDAR_TEXT_SIZE];
        money_format(price->amount, price->currency, amount, sizeof amount);
        period_format_local(frame->language, price->period, period, sizeof period);
        html_put(out, "<tr><th scope=\"row\">$1</th><td>$2 $3", slice_from(period),
                 slice_from(amount), slice_from(price->currency));
        if (price->renews)
            html_put(out, " ($1)", slice_from(word_get(WORD_renews, frame->language)));
        buf_append_text(out, "</td></tr>\n");
    }
    buf_append_text(out, "</tbody>\n</table>\n");
}

static void methods(const struct frame *frame)
{
    const struct config *config = frame->site->config;
    struct buf names;
    if (config->gateway_count == 0)
        return;
    buf_init(&names, LABELS_BYTES_MAX);
    for (size_t i = 0; i < config->gateway_count; i++)
        buf_printf(&names, "%s%s", i == 0 ? "" : ", ",
                   config_gateway_label(&config->gateways[i], frame->language));
    buf_append_text(frame->out, "<p class=\"soft\">");
    frame_say(frame, payment, buf_slice(&names));
    buf_append_text(frame->out, "</p>\n");
    buf_deinit(&names);
}
