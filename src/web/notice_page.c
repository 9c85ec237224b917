#include "web/frame.h"

static void other_plans(const struct frame *frame);

void page_notice(const struct page_site *site, enum page_notice notice, enum language language,
                 struct buf *out)
{
    static const struct {
        enum word is, next;
        bool private, plans, bot;
    } rows[] = {
        [PAGE_NO_PLAN] = {WORD_no_plan, WORD_no_plan_next, true, true, false},
        [PAGE_NO_ORDER] = {WORD_no_order, WORD_no_order_next, true, false, true},
        [PAGE_BUSY] = {WORD_busy, WORD_busy_next, true, false, false},
        [PAGE_NO_TAP] = {WORD_no_tap, WORD_no_tap_next, true, false, true},
    };
    const struct frame frame = {site, language, out};
    char url[128];
    struct slice title = slice_from(word_get(rows[notice].is, language));
    frame_begin(&frame, title, rows[notice].private, "one");
    html_put(out, "<section class=\"card wide\">\n<h1>$1</h1>\n<p>$2</p>\n", title,
             slice_from(word_get(rows[notice].next, language)));
    if (rows[notice].plans)
        other_plans(&frame);
    if (rows[notice].bot) {
        struct slice bot = frame_bot_url(&frame, "", SLICE(""), url, sizeof url);
        buf_append_text(out, "<p class=\"act\">\n");
        frame_button(&frame, "button first", bot, WORD_open_telegram, SLICE(""));
        buf_append_text(out, "</p>\n");
    }
    buf_append_text(out, "</section>\n");
    frame_end(&frame, notice != PAGE_BUSY);
}

static void other_plans(const struct frame *frame)
{
    const struct config *config = frame->site->config;
    buf_append_text(frame->out, "<ul>\n");
    for (size_t i = 0; i < config->plan_count; i++)
        html_put(frame->out, "<li><a href=\"/p/$1\">$2</a></li>\n",
                 slice_from(config->plans[i].name), slice_from(config->plans[i].title));
    buf_append_text(frame->out, "</ul>\n");
}
