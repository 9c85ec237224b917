/* What renewals say: in each language, with nothing left open. */
#include "modules/renewal/renewal.h"

#include "tests/unit/modules/said.h"

static const uint64_t until_ms = UINT64_C(1775037600000); /* 2026-04-01, 12:00 in Berlin */

static int set_up(void **state)
{
    (void)state;
    return said_open("tests/scenarios/renewal.yaml");
}

/* All that is said of this part, and the labels of its keys, one below the other. */
static void say_all(const struct message *part, enum language language, char *out, size_t size)
{
    struct buf parts, said;
    struct why why = {""};
    struct message message;
    buf_init(&parts, 65536);
    buf_init(&said, 65536);
    wire_encode(&parts, part);
    const struct message_work work = {.kind = DELIVERY_notice,
                                      .name = SLICE("Ann"),
                                      .language = (uint64_t)language,
                                      .parts = buf_slice(&parts)};
    if (say_parts(module_say, config, calendar, &work, &said, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    out[0] = 0;
    for (struct slice rest = buf_slice(&said); wire_decode(&rest, &message, NULL) == ERROR_NONE;) {
        size_t len = strlen(out);
        struct slice text =
            message.kind == MESSAGE_part_key ? message.part_key.text : message.part_text.text;
        (void)snprintf(out + len, size - len, "%s%.*s", len > 0 ? "|" : "", SLICE_ARG(text));
    }
    buf_deinit(&parts);
    buf_deinit(&said);
}

static void a_reminder(void **state)
{
    (void)state;
    char text[2048];
    struct renew_reminder part = {.plan = SLICE("core"),
                                  .until = until_ms,
                                  .days = 7,
                                  .period = period_pack((struct period){1, 0}),
                                  .price = 2999,
                                  .amount = 2999,
                                  .currency = SLICE("USD")};
    struct message message = part_make(shape_renew_reminder(), &part);
    say_all(&message, LANGUAGE_EN, text, sizeof text);
    assert_string_equal(text, "Dear Ann, your core membership of Trade Club ends on 1 Apr 2026, "
                              "12:00.\n\nRenewing costs $29.99 for 1 month; it is added to what "
                              "you have, so you lose nothing by renewing early.|Renew");
    part.percent = 15;
    part.amount = 2550;
    part.offer_until = until_ms - 86400000;
    message = part_make(shape_renew_reminder(), &part);
    say_all(&message, LANGUAGE_EN, text, sizeof text);
    assert_non_null(strstr(text, "Until 31 Mar 2026, 12:00 you get 15% off: $25.50 instead of "
                                 "$29.99 for 1 month."));
    part.currency = SLICE("");
    message = part_make(shape_renew_reminder(), &part);
    say_all(&message, LANGUAGE_EN, text, sizeof text);
    assert_null(strstr(text, "15%")); /* a plan without a price */
}

static void every_part_in_every_language(void **state)
{
    (void)state;
    char text[2048];
    const struct renew_winback winback = {.plan = SLICE("core"),
                                          .period = period_pack((struct period){12, 0}),
                                          .price = 29900,
                                          .amount = 26910,
                                          .currency = SLICE("USD"),
                                          .percent = 10,
                                          .offer_until = until_ms};
    const struct renew_winback dear = {
        .plan = SLICE("gone"), .amount = 1, .currency = SLICE("EUR")};
    const struct renew_prices prices[] = {{0}, {1}};
    const struct renew_price head = {
        .plan = SLICE("core"), .until = until_ms, .percent = 15, .offer_until = until_ms};
    const struct renew_price over = {.plan = SLICE("core")};
    const struct renew_price key = {.plan = SLICE("core"),
                                    .period = period_pack((struct period){0, 7}),
                                    .amount = 300,
                                    .currency = SLICE("USD"),
                                    .data = SLICE("renewal:go:core:0.7.USD")};
    const struct message parts[] = {
        part_make(shape_renew_winback(), &winback),  part_make(shape_renew_winback(), &dear),
        part_make(shape_renew_prices(), &prices[0]), part_make(shape_renew_prices(), &prices[1]),
        part_make(shape_renew_price(), &head),       part_make(shape_renew_price(), &over),
        part_make(shape_renew_price(), &key)};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char seen[LANGUAGE_COUNT][2048];
        for (int language = 0; language < LANGUAGE_COUNT; language++) {
            say_all(&parts[i], (enum language)language, text, sizeof text);
            assert_true(strlen(text) > 0);
            assert_null(strstr(text, "{{"));
            (void)snprintf(seen[language], sizeof seen[language], "%s", text);
            assert_true(language == 0 || strcmp(text, seen[0]) != 0);
        }
    }
    say_all(&parts[6], LANGUAGE_ZH_HANS, text, sizeof text);
    assert_non_null(strstr(text, "7 天"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reminder, set_up, said_close),
        cmocka_unit_test_setup_teardown(every_part_in_every_language, set_up, said_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
