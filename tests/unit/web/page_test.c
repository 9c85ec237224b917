#include "web/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "site.h"

static struct calendar *calendar;
static struct buf out;
static struct page_site site = {.config = &site_config};
static const char token[] = "0123456789abcdef0123456789abcdef";

static int set_up(void **state)
{
    (void)state;
    buf_init(&out, PAGE_BYTES_MAX);
    int failed = calendar_new("Asia/Shanghai", &calendar) != ERROR_NONE;
    site.calendar = calendar;
    site.bot = SLICE("usher_bot");
    return failed;
}

static int tear_down(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    buf_deinit(&out);
    return 0;
}

static cJSON *json(const char *text)
{
    cJSON *root = NULL;
    assert_int_equal(json_parse(slice_from(text), 65536, 8, &root, NULL), ERROR_NONE);
    return root;
}

static bool has(const char *text)
{
    return memmem(out.data, out.len, text, strlen(text)) != NULL;
}

#define HAS(text)                                                                                  \
    do {                                                                                           \
        if (!has(text))                                                                            \
            fail_msg("\"%s\" is not in %.*s", text, SLICE_ARG(buf_slice(&out)));                   \
    } while (0)
#define HAS_NOT(text)                                                                              \
    do {                                                                                           \
        if (has(text))                                                                             \
            fail_msg("\"%s\" is in %.*s", text, SLICE_ARG(buf_slice(&out)));                       \
    } while (0)

static void plan(const char *seats, enum language language)
{
    cJSON *root = json(seats);
    buf_clear(&out);
    page_plan(&site, &site_plans[0], root, language, &out);
    assert_false(out.failed);
    json_free(&root);
}

static void order(const char *text, enum language language)
{
    cJSON *root = json(text);
    buf_clear(&out);
    page_order(&site, root, slice_from(token), language, &out);
    assert_false(out.failed);
    json_free(&root);
}

/* site_order with another state. */
static void order_in(const char *name)
{
    cJSON *root = json(site_order);
    cJSON_ReplaceItemInObject(root, "state", cJSON_CreateString(name));
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    assert_false(out.failed);
    json_free(&root);
}

static void nothing_breaks_out(void **state)
{
    (void)state;
    plan("{\"seats\":5,\"left\":3}", LANGUAGE_EN);
    HAS("<h1>&lt;script&gt;alert(&#39;core&#39;)&lt;/script&gt;</h1>");
    HAS("Trade &quot;Club&quot; &amp; &lt;Friends&gt;");
    HAS("Starter &lt;b&gt;&quot;A&quot;&lt;/b&gt;");
    HAS("14 days &amp; no reason");
    HAS("We keep &lt;little&gt;.</p>");
    HAS_NOT("<script");
    HAS_NOT("<b>");
    order(site_order, LANGUAGE_EN);
    HAS("Coupon &lt;i&gt;LIVE");
    HAS_NOT("<i>");
    HAS_NOT("<script");
}

static void a_plan_says_what_it_is(void **state)
{
    (void)state;
    plan("{\"seats\":5,\"left\":3}", LANGUAGE_EN);
    HAS("<html lang=\"en\">");
    HAS("3 seats left");
    HAS("<td>29.00 USD</td>");
    HAS("<td>299.00 USD</td>");
    HAS("1 year");
    HAS("another 3 days");
    HAS("Card, btcpay");
    HAS("href=\"https://t.me/usher_bot?start=p_core\"");
    HAS("href=\"https://example.org/terms?a=1&amp;b=2\"");
    HAS("href=\"#privacy\"");
    HAS("<svg class=\"qr\"");
    HAS_NOT("noindex");
    plan("{\"seats\":5,\"left\":1}", LANGUAGE_EN);
    HAS("1 seat left");
    plan("{\"seats\":5,\"left\":0}", LANGUAGE_EN);
    HAS("sold out");
    HAS_NOT("start=p_core");
    plan("{\"seats\":null,\"left\":null}", LANGUAGE_ZH_HANT);
    HAS("<html lang=\"zh-Hant\">");
    HAS("1 個月");
    HAS_NOT("名額");
}

static void without_a_bot_or_a_price(void **state)
{
    (void)state;
    static const char *const bots[] = {"", "a\"b", "a b", "<x>", "javascript:"};
    for (size_t i = 0; i < sizeof bots / sizeof *bots; i++) {
        site.bot = slice_from(bots[i]);
        plan("{}", LANGUAGE_EN);
        HAS_NOT("t.me/");
        HAS_NOT("<svg");
        order(site_order, LANGUAGE_EN);
        HAS_NOT("t.me/");
    }
    site.bot = SLICE("usher_bot");
    buf_clear(&out);
    page_plan(&site, &site_plans[1], NULL, LANGUAGE_EN, &out);
    HAS("The bot tells you the price.");
}

static void an_order_says_how_it_stands(void **state)
{
    (void)state;
    static const struct {
        const char *state, *is, *next;
        bool pay, again;
    } cases[] = {
        {"open", "Waiting for payment", "kept until 10 Jan 2026, 08:30", true, false},
        {"paid", "Paid", "Thank you", false, false},
        {"fulfilled", "nothing to pay", "membership is open", false, false},
        {"expired", "Expired", "arrives by 11 Jan 2026, 08:30", false, true},
        {"cancelled", "Cancelled", "do not pay", false, true},
        {"refunded", "Refunded", "given back", false, true},
        {"partly_refunded", "Partly refunded", "goes on", false, false},
        {"disputed", "Disputed", "disputed at your bank", false, false},
        {"something_new", "In progress", "look again", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        order_in(cases[i].state);
        HAS(cases[i].is);
        HAS(cases[i].next);
        HAS("Order 12");
        HAS("ord_abc");
        HAS("23.20 USD");
        HAS("-5.80 USD");
        HAS("noindex");
        HAS("start=o_0123456789abcdef0123456789abcdef");
        HAS_NOT("777000777");
        assert_int_equal(has("https://pay.example/c?a=1&amp;b=%22"), cases[i].pay);
        assert_int_equal(has("href=\"/p/core\""), cases[i].again);
    }
}

static void a_long_queue_is_said(void **state)
{
    (void)state;
    static const struct {
        int seconds;
        const char *says;
    } cases[] = {
        {11, "in about 11 seconds"}, {90, "in about 90 seconds"}, {121, "in about 3 minutes"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *root = json(site_order);
        cJSON_ReplaceItemInObject(root, "state", cJSON_CreateString("paid"));
        cJSON_AddNumberToObject(root, "expected_seconds", cases[i].seconds);
        buf_clear(&out);
        page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
        HAS(cases[i].says);
        json_free(&root);
    }
    order_in("paid");
    HAS_NOT("in about");
}

/* Paid by somebody who is not known at Telegram yet: the page leads there, in large. */
static void an_order_that_nobody_has_claimed(void **state)
{
    (void)state;
    static const struct {
        const char *state, *says;
        bool scan;
    } cases[] = {
        {"open", "Once it is paid, open it on Telegram", false},
        {"paid", "whoever opens it first gets what was bought", true},
        {"partly_refunded", "whoever opens it first gets what was bought", true},
        {"refunded", "given back", false},
        {"disputed", "disputed at your bank", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cJSON *root = json(site_order);
        cJSON_ReplaceItemInObject(root, "state", cJSON_CreateString(cases[i].state));
        cJSON_ReplaceItemInObject(root, "telegram_id", cJSON_CreateNull());
        buf_clear(&out);
        page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
        HAS(cases[i].says);
        HAS("start=o_0123456789abcdef0123456789abcdef");
        assert_int_equal(has("Scan to open the order on Telegram"), cases[i].scan);
        assert_int_equal(has("in your chat with the bot"), false);
        json_free(&root);
    }
}

static void where_it_is_paid_is_checked(void **state)
{
    (void)state;
    static const char *const urls[] = {"javascript:alert(1)", "data:text/html,x", "", "https://"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        cJSON *root = json(site_order);
        cJSON_ReplaceItemInObject(root, "pay_url", cJSON_CreateString(urls[i]));
        buf_clear(&out);
        page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
        HAS_NOT("javascript");
        HAS_NOT("data:text");
        HAS_NOT("Pay 23.20");
        HAS("You can pay in the bot");
        json_free(&root);
    }
}

/* No browser opens weixin://, so there is the code and no button. */
static void what_is_scanned_is_a_code_alone(void **state)
{
    (void)state;
    cJSON *root = json(site_order);
    cJSON_ReplaceItemInObject(root, "pay_url", cJSON_CreateString("weixin://wxpay/x?pr=1"));
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    HAS("Pay by scanning the code with WeChat");
    HAS("<figcaption>Scan with WeChat to pay</figcaption>");
    HAS("<svg class=\"qr\"");
    HAS_NOT("weixin://");
    HAS_NOT("Pay 23.20");
    cJSON_ReplaceItemInObject(root, "pay_url", cJSON_CreateString("weixin://a b"));
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    HAS("You can pay in the bot");
    HAS_NOT("Scan with WeChat");
    json_free(&root);
}

/* On a phone what a gateway makes for the moment is a button; elsewhere, and of an order that is
 * over, there is none. */
static void what_is_tapped_is_a_button(void **state)
{
    (void)state;
    cJSON *root = json(site_order);
    cJSON_ReplaceItemInObject(root, "pay_url", cJSON_CreateString("weixin://wxpay/x?pr=1"));
    cJSON_AddStringToObject(root, "by_phone", "wechat");
    site.phone = true;
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    assert_true(page_order_taps(&site, root));
    HAS("<form class=\"act\" method=\"post\" action=\"/o/");
    HAS("/pay\">");
    HAS("Pay 23.20 USD</button>");
    HAS("Pay by the button, which opens WeChat");
    HAS("<figcaption>Scan with WeChat to pay</figcaption>");
    site.phone = false;
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    assert_false(page_order_taps(&site, root));
    HAS_NOT("<form");
    HAS("Pay by scanning the code with WeChat");
    site.phone = true;
    cJSON_ReplaceItemInObject(root, "state", cJSON_CreateString("paid"));
    buf_clear(&out);
    page_order(&site, root, slice_from(token), LANGUAGE_EN, &out);
    assert_false(page_order_taps(&site, root));
    HAS_NOT("<form");
    site.phone = false;
    json_free(&root);
}

static void what_is_missing_is_left_out(void **state)
{
    (void)state;
    static const char *const documents[] = {"{}", "{\"lines\":7,\"number\":\"x\",\"plan\":[]}",
                                            "{\"lines\":[1,null,[]],\"expires\":\"soon\"}",
                                            "{\"state\":\"open\",\"expires\":\"soon\"}",
                                            "{\"plan\":\"gone\",\"state\":\"expired\"}"};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        order(documents[i], LANGUAGE_ZH_HANS);
        HAS("</html>");
    }
    HAS_NOT("/p/gone");
    site.calendar = NULL;
    order(site_order, LANGUAGE_EN);
    HAS("kept until 2026-01-10T00:30:00Z");
    site.calendar = calendar;
}

static void what_cannot_be_shown(void **state)
{
    (void)state;
    static const char *const texts[] = {[PAGE_NO_PLAN] = "There is no such plan",
                                        [PAGE_NO_ORDER] = "There is no such order",
                                        [PAGE_BUSY] = "Too many visitors"};
    for (int notice = PAGE_NO_PLAN; notice <= PAGE_BUSY; notice++) {
        buf_clear(&out);
        page_notice(&site, (enum page_notice)notice, LANGUAGE_EN, &out);
        HAS(texts[notice]);
        HAS("noindex");
        assert_int_equal(has("href=\"/p/core\""), notice == PAGE_NO_PLAN);
        /* Where a link leads to a text on the page, the text is there. */
        assert_int_equal(has("href=\"#privacy\""), has("id=\"privacy\""));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_breaks_out),
        cmocka_unit_test(a_plan_says_what_it_is),
        cmocka_unit_test(without_a_bot_or_a_price),
        cmocka_unit_test(an_order_says_how_it_stands),
        cmocka_unit_test(a_long_queue_is_said),
        cmocka_unit_test(an_order_that_nobody_has_claimed),
        cmocka_unit_test(where_it_is_paid_is_checked),
        cmocka_unit_test(what_is_scanned_is_a_code_alone),
        cmocka_unit_test(what_is_tapped_is_a_button),
        cmocka_unit_test(what_is_missing_is_left_out),
        cmocka_unit_test(what_cannot_be_shown),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
