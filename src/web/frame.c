#include "web/frame.h"

#include "base/clock.h"
#include "config/web.h"
#include "web/qr.h"
#include "web/style.h"

#include <stdio.h>

static void languages(const struct frame *frame);
static void legal_link(const struct frame *frame, const char *value, const char *id,
                       enum word word);
static void legal_text(const struct frame *frame, const char *value, const char *id,
                       enum word word);
static bool is_text(const char *value);
static void heading(const struct frame *frame, enum word word);

void frame_begin(const struct frame *frame, struct slice title, bool private, const char *layout)
{
    struct slice community = slice_from(frame->site->config->community_name);
    html_put(frame->out,
             "<!DOCTYPE html>\n<html lang=\"$1\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n<title>$2 · $3</title>\n"
             "<link rel=\"stylesheet\" href=\"/style/$4\">\n<link rel=\"icon\" href=\"data:,\">\n",
             slice_from(language_tag(frame->language)), title, community, slice_from(style_name()));
    if (private)
        buf_append_text(frame->out, "<meta name=\"robots\" content=\"noindex, nofollow\">\n");
    html_put(frame->out, "</head>\n<body>\n<header>\n<p>$1</p>\n", community);
    languages(frame);
    html_put(frame->out, "</header>\n<main class=\"$1\">\n", slice_from(layout));
}

/* Each in its own words; the one in use is no link. */
static void languages(const struct frame *frame)
{
    static const char *const names[LANGUAGE_COUNT] = {"English", "简体中文", "繁體中文"};
    html_put(frame->out, "<nav aria-label=\"$1\">\n<ul>\n",
             slice_from(word_get(WORD_language, frame->language)));
    for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
        struct slice tag = slice_from(language_tag((enum language)i));
        bool current = i == (unsigned)frame->language;
        if (!current && frame->site->source.len > 0)
            html_put(
                frame->out,
                "<li><a lang=\"$1\" hreflang=\"$1\" href=\"?lang=$1&amp;source=$3\">$2</a></li>\n",
                tag, slice_from(names[i]), frame->site->source);
        else
            html_put(frame->out,
                     current ? "<li><span lang=\"$1\" aria-current=\"true\">$2</span></li>\n"
                             : "<li><a lang=\"$1\" hreflang=\"$1\" href=\"?lang=$1\">$2</a></li>\n",
                     tag, slice_from(names[i]));
    }
    buf_append_text(frame->out, "</ul>\n</nav>\n");
}

static bool renews(const struct config_plan *plan)
{
    for (size_t i = 0; plan != NULL && i < plan->price_count; i++)
        if (plan->prices[i].renews)
            return true;
    return false;
}

void frame_rules(const struct frame *frame, const struct config_plan *plan)
{
    const struct config *config = frame->site->config;
    struct slice community = slice_from(config->community_name);
    char url[128], name[80], grace[CALENDAR_TEXT_SIZE];
    buf_append_text(frame->out, "<section class=\"card wide\">\n");
    heading(frame, WORD_renewal);
    buf_append_text(frame->out, "<p>");
    if (renews(plan))
        frame_say(frame, renewal_again);
    else
        frame_say(frame, renewal_rule);
    if (plan != NULL && plan->grace_ms >= UINT64_C(86400000)) {
        period_format_local(frame->language,
                            (struct period){0, (uint32_t)(plan->grace_ms / 86400000)}, grace,
                            sizeof grace);
        buf_append_text(frame->out, "</p>\n<p>");
        frame_say(frame, grace_rule, slice_from(grace));
    }
    buf_append_text(frame->out, "</p>\n");
    heading(frame, WORD_refunds);
    if (config->legal.refunds != NULL) {
        html_paragraphs(frame->out, slice_from(config->legal.refunds));
    } else {
        buf_append_text(frame->out, "<p>");
        frame_say(frame, refunds_unsaid, community);
        buf_append_text(frame->out, "</p>\n");
    }
    heading(frame, WORD_support);
    buf_append_text(frame->out, "<p>");
    if (frame_bot_url(frame, "", SLICE(""), url, sizeof url).len > 0) {
        (void)snprintf(name, sizeof name, "@%.*s", SLICE_ARG(frame->site->bot));
        frame_say(frame, support_bot, community);
        buf_append_text(frame->out, " ");
        html_link(frame->out, "", slice_from(url), slice_from(name));
    } else {
        frame_say(frame, support_none, community);
    }
    buf_append_text(frame->out, "</p>\n");
    buf_append_text(frame->out, "</section>\n");
}

static void heading(const struct frame *frame, enum word word)
{
    html_put(frame->out, "<h2>$1</h2>\n", slice_from(word_get(word, frame->language)));
}

/* And no address of one. */
static bool is_text(const char *value)
{
    return value != NULL && !web_is_link(slice_from(value));
}

/* A text of the configuration's own folds out below, to where the link in the footer leads. */
static void legal_text(const struct frame *frame, const char *value, const char *id, enum word word)
{
    if (!is_text(value))
        return;
    html_put(frame->out, "<details id=\"$1\"><summary>$2</summary>\n", slice_from(id),
             slice_from(word_get(word, frame->language)));
    html_paragraphs(frame->out, slice_from(value));
    buf_append_text(frame->out, "</details>\n");
}

void frame_end(const struct frame *frame, bool legal)
{
    const struct config *config = frame->site->config;
    bool texts = legal && (is_text(config->legal.terms) || is_text(config->legal.privacy));
    if (texts) {
        buf_append_text(frame->out, "<section class=\"card wide\">\n");
        legal_text(frame, config->legal.terms, "terms", WORD_terms);
        legal_text(frame, config->legal.privacy, "privacy", WORD_privacy);
        buf_append_text(frame->out, "</section>\n");
    }
    buf_append_text(frame->out, "</main>\n<footer>\n<p><span>");
    frame_say(frame, sold_by, slice_from(config->community_name));
    buf_append_text(frame->out, "</span>");
    if (legal) {
        legal_link(frame, config->legal.terms, "terms", WORD_terms);
        legal_link(frame, config->legal.privacy, "privacy", WORD_privacy);
    }
    buf_append_text(frame->out, "</p>\n</footer>\n</body>\n</html>\n");
}

static void legal_link(const struct frame *frame, const char *value, const char *id, enum word word)
{
    struct slice name = slice_from(word_get(word, frame->language));
    if (value == NULL)
        return;
    buf_append_text(frame->out, "\n");
    if (!is_text(value))
        html_link(frame->out, "", slice_from(value), name);
    else
        html_put(frame->out, "<a href=\"#$1\">$2</a>", slice_from(id), name);
}

/* Telegram's names are letters, digits and underscores; whatever else came is no name. */
struct slice frame_bot_url(const struct frame *frame, const char *prefix, struct slice rest,
                           char *out, size_t out_size)
{
    struct slice bot = frame->site->bot;
    out[0] = 0;
    for (size_t i = 0; i < bot.len; i++) {
        char c = bot.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return SLICE("");
    }
    if (bot.len == 0)
        return SLICE("");
    int len = prefix[0] == 0 ? snprintf(out, out_size, "https://t.me/%.*s", SLICE_ARG(bot))
                             : snprintf(out, out_size, "https://t.me/%.*s?start=%s%.*s",
                                        SLICE_ARG(bot), prefix, SLICE_ARG(rest));
    if (len < 0 || (size_t)len >= out_size)
        out[0] = 0;
    return slice_from(out);
}

void frame_button(const struct frame *frame, const char *class, struct slice url, enum word word,
                  struct slice value)
{
    if (!html_link_open(frame->out, class, url))
        return;
    html_put(frame->out, word_get(word, frame->language), value);
    buf_append_text(frame->out, "</a>\n");
}

void frame_scan(const struct frame *frame, struct slice url, enum word word)
{
    struct slice label = slice_from(word_get(word, frame->language));
    if (url.len == 0 || url.len > QR_BYTES_MAX || !(html_may_link(url) || web_is_scanned(url)))
        return;
    size_t before = frame->out->len;
    buf_append_text(frame->out, "<figure class=\"scan\">\n");
    if (qr_svg(frame->out, url, label))
        html_put(frame->out, "<figcaption>$1</figcaption>\n</figure>\n", label);
    else
        frame->out->len = before;
}

void frame_time(const struct frame *frame, struct slice utc)
{
    char text[CALENDAR_TEXT_SIZE];
    frame_time_text(frame, utc, text, sizeof text);
    html_put(frame->out, "<time datetime=\"$1\">$2</time>", utc, slice_from(text));
}

void frame_time_text(const struct frame *frame, struct slice utc, char *out, size_t out_size)
{
    int64_t ms;
    if (frame->site->calendar != NULL && clock_parse_utc(utc, &ms))
        calendar_format(frame->site->calendar, frame->language, ms, out, out_size);
    else
        (void)slice_copy(utc, out, out_size);
}

void frame_period_text(const struct frame *frame, struct slice text, char *out, size_t out_size)
{
    struct period period;
    if (period_parse(text, &period))
        period_format_local(frame->language, period, out, out_size);
    else
        (void)slice_copy(text, out, out_size);
}
