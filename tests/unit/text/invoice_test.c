#include "text/invoice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static char bytes[65536];
static struct buf parts;

static int set_up(void **state)
{
    (void)state;
    parts = (struct buf){.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    return 0;
}

static void add_text(const char *text)
{
    const struct message part = {.kind = MESSAGE_part_text, .part_text = {0, 0, slice_from(text)}};
    wire_encode(&parts, &part);
}

static void add_price_each(int64_t amount, uint64_t period_s)
{
    const struct message part = {.kind = MESSAGE_part_invoice,
                                 .part_invoice = {SLICE("ord_1"), amount, SLICE("XTR"), period_s}};
    wire_encode(&parts, &part);
}

static void add_price(int64_t amount)
{
    add_price_each(amount, 0);
}

static struct message_work work(enum delivery_kind kind)
{
    return (struct message_work){.kind = kind, .chat_id = 7000000001, .parts = buf_slice(&parts)};
}

static void assert_call(const struct message_work *made, const char *method, int64_t chat_id,
                        const char *params)
{
    struct buf out;
    struct why why = {""};
    const char *got_method = NULL;
    int64_t got_chat_id = 7;
    buf_init(&out, 65536);
    if (invoice_render(made, &got_method, &got_chat_id, &out, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    buf_append_u8(&out, 0);
    assert_string_equal(got_method, method);
    assert_true(got_chat_id == chat_id);
    assert_string_equal(out.data, params);
    buf_deinit(&out);
}

static void assert_refused(const struct message_work *made, const char *says)
{
    struct buf out;
    struct why why = {""};
    const char *method;
    int64_t chat_id;
    buf_init(&out, 65536);
    assert_int_equal(invoice_render(made, &method, &chat_id, &out, &why), ERROR_INVALID);
    assert_string_equal(why.text, says);
    buf_deinit(&out);
}

static void an_invoice_has_one_price_and_a_start_parameter(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_invoice);
    assert_refused(&made, "it has no title, or no description");
    add_text("Core \"1\"");
    add_text("1 month of Core");
    made.parts = buf_slice(&parts);
    assert_refused(&made, "it asks for nothing");
    add_price(250);
    made.parts = buf_slice(&parts);
    assert_call(&made, "sendInvoice", 7000000001,
                "{\"chat_id\":7000000001,\"title\":\"Core \\\"1\\\"\",\"description\":\"1 month of "
                "Core\",\"payload\":\"ord_1\",\"provider_token\":\"\",\"currency\":\"XTR\","
                "\"prices\":[{\"label\":\"Core \\\"1\\\"\",\"amount\":250}],\"start_parameter\":"
                "\"ord_1\"}");
    made.chat_id = 0;
    assert_refused(&made, "it names no chat");
}

static void long_titles_are_cut(void **state)
{
    (void)state;
    char title[200] = "";
    char text[2000] = "";
    for (int i = 0; i < 40; i++)
        strcat(title, "王");
    for (int i = 0; i < 300; i++)
        strcat(text, "王");
    add_text(title);
    add_text(text);
    add_price(1);
    struct message_work made = work(DELIVERY_invoice);
    struct buf out;
    const char *method;
    int64_t chat_id;
    buf_init(&out, 65536);
    assert_int_equal(invoice_render(&made, &method, &chat_id, &out, NULL), ERROR_NONE);
    buf_append_u8(&out, 0);
    size_t count = 0;
    for (const char *at = out.data; (at = strstr(at, "王")) != NULL; at++)
        count++;
    assert_int_equal(count, 2 * INVOICE_TITLE_UNITS_MAX + INVOICE_DESCRIPTION_UNITS_MAX);
    buf_deinit(&out);
}

static void nothing_is_asked_for_no_stars(void **state)
{
    (void)state;
    add_text("Core");
    add_text("1 month");
    add_price(0);
    struct message_work made = work(DELIVERY_invoice);
    assert_refused(&made, "it asks for nothing");
    made.parts = SLICE("\xff");
    assert_refused(&made, "its parts cannot be read");
}

static void who_is_about_to_pay_hears_yes_or_why_not(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_pre_checkout);
    assert_refused(&made, "it answers nothing");
    made.link = SLICE("4382");
    assert_call(&made, "answerPreCheckoutQuery", 0,
                "{\"pre_checkout_query_id\":\"4382\",\"ok\":true}");
    add_text("Sold out");
    made.parts = buf_slice(&parts);
    assert_call(&made, "answerPreCheckoutQuery", 0,
                "{\"pre_checkout_query_id\":\"4382\",\"ok\":false,\"error_message\":\"Sold out\"}");
}

static void a_refund_names_who_paid_and_the_charge(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_star_refund);
    assert_refused(&made, "it names no charge");
    made.link = SLICE("stx1");
    assert_call(&made, "refundStarPayment", 0,
                "{\"user_id\":7000000001,\"telegram_payment_charge_id\":\"stx1\"}");
    made.chat_id = 0;
    assert_refused(&made, "it names nobody who paid");
}

static void a_subscription_has_a_link(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_invoice_link);
    add_text("Core");
    add_text("30 days of Core");
    add_price_each(750, 2592000);
    made.parts = buf_slice(&parts);
    assert_call(&made, "createInvoiceLink", 0,
                "{\"title\":\"Core\",\"description\":\"30 days of Core\",\"payload\":\"ord_1\","
                "\"provider_token\":\"\",\"currency\":\"XTR\",\"prices\":[{\"label\":\"Core\","
                "\"amount\":750}],\"subscription_period\":2592000}");
}

static void a_subscription_ends_and_goes_on(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_star_edit);
    assert_refused(&made, "it names no charge");
    made.link = SLICE("ch_1");
    assert_call(&made, "editUserStarSubscription", 0,
                "{\"user_id\":7000000001,\"telegram_payment_charge_id\":\"ch_1\","
                "\"is_canceled\":false}");
    const struct message part = {.kind = MESSAGE_part_star_edit, .part_star_edit = {1}};
    wire_encode(&parts, &part);
    made.parts = buf_slice(&parts);
    assert_call(&made, "editUserStarSubscription", 0,
                "{\"user_id\":7000000001,\"telegram_payment_charge_id\":\"ch_1\","
                "\"is_canceled\":true}");
    made.chat_id = 0;
    assert_refused(&made, "it names nobody who paid");
}

static void a_page_of_what_was_paid(void **state)
{
    (void)state;
    struct message_work made = work(DELIVERY_star_list);
    const struct message part = {.kind = MESSAGE_part_star_list, .part_star_list = {41, 25}};
    wire_encode(&parts, &part);
    made.parts = buf_slice(&parts);
    assert_call(&made, "getStarTransactions", 0, "{\"offset\":41,\"limit\":25}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_invoice_has_one_price_and_a_start_parameter, set_up),
        cmocka_unit_test_setup(long_titles_are_cut, set_up),
        cmocka_unit_test_setup(nothing_is_asked_for_no_stars, set_up),
        cmocka_unit_test_setup(who_is_about_to_pay_hears_yes_or_why_not, set_up),
        cmocka_unit_test_setup(a_refund_names_who_paid_and_the_charge, set_up),
        cmocka_unit_test_setup(a_subscription_has_a_link, set_up),
        cmocka_unit_test_setup(a_subscription_ends_and_goes_on, set_up),
        cmocka_unit_test_setup(a_page_of_what_was_paid, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
