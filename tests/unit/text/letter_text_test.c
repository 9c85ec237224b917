#include "text/letter_text.h"

#include "base/utf8.h"
#include "tests/unit/text/club.h"

#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct calendar *calendar;

static int set_up(void **state)
{
    (void)state;
    return calendar_new("Asia/Shanghai", &calendar) == ERROR_NONE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    return 0;
}

static enum error read_letter(struct letter *letter, const struct message_work *work,
                              char *why_text)
{
    struct why why = {""};
    enum error error = letter_read(letter, &club, calendar, work, &why);
    if (why_text != NULL)
        memcpy(why_text, why.text, sizeof(why.text));
    return error;
}

/* The text of a letter, to be freed. */
static char *text_of(const struct message_work *work)
{
    struct letter letter;
    struct buf out;
    buf_init(&out, 65536);
    assert_int_equal(read_letter(&letter, work, NULL), ERROR_NONE);
    letter_write(&letter, &out);
    size_t units = utf8_utf16_length(buf_slice(&out));
    assert_in_range(units, 1, LETTER_UNITS_MAX);
    assert_true(slice_is_text(buf_slice(&out)));
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    return out.data;
}

static void assert_letter(const struct message_work *work, const char *expected)
{
    char *text = text_of(work);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_says(const struct message_work *work, const char *part, bool says)
{
    char *text = text_of(work);
    if ((strstr(text, part) != NULL) != says)
        fail_msg("%s \"%s\" in:\n%s", says ? "no" : "unexpected", part, text);
    free(text);
}

static void a_first_payment(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_receipt(&parts, "pi_1", 2900, "USD");
    club_add_access(&parts, "core", club_until_ms, true);
    club_add_button(&parts, "starter", "https://t.me/+a");
    club_add_button(&parts, "core", "https://t.me/+b");
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Welcome, Ann! Your Core at Trade Club runs until 31 Jan 2026, 20:00.\n\n"
                         "To get you started:\n"
                         "• https://example.org/starter-pack.pdf\n"
                         "• https://example.org/faq\n\n"
                         "Receipt: Core, $29.00, 31 Dec 2025, 20:00\n"
                         "Payment no. pi_1\n\n"
                         "To enter, tap below.\n"
                         "Ask to join when Telegram offers it; you are let in automatically.\n"
                         "Invite links work only once, so please do not pass them on.");
    work.language = LANGUAGE_ZH_HANS;
    assert_says(
        &work,
        "收据：Core，US$29.00，2025年12月31日 20:00\n付款编号：pi_1\n\n点击下方按钮即可进入。",
        true);
    work.language = LANGUAGE_ZH_HANT;
    assert_says(
        &work,
        "收據：Core，US$29.00，2025年12月31日 晚上8:00\n付款編號：pi_1\n\n點選下方按鈕即可進入。",
        true);
    buf_deinit(&parts);
}

static void a_renewal(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_access(&parts, "core", club_until_ms, false);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Dear Ann, your Core membership now runs until 31 Jan 2026, 20:00.");
    work.language = LANGUAGE_ZH_HANS;
    assert_letter(&work, "Ann，您的“Core”会员有效期现已更新至 2026年1月31日 20:00。");
    work.language = LANGUAGE_ZH_HANT;
    assert_letter(&work, "Ann，您的「Core」會員資格有效期限已更新至 2026年1月31日 晚上8:00。");
    work.language = 99; /* a newer ledger's language: the community's */
    assert_says(&work, "會員資格", true);
    work.name = SLICE("");
    work.language = LANGUAGE_EN;
    assert_says(&work, "Dear friend, ", true);
    buf_deinit(&parts);
}

static void a_plan_without_a_text_gets_the_catalog_s(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_access(&parts, "starter", club_until_ms, true);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Welcome to Trade Club, Ann! Your Starter membership runs until "
                         "31 Jan 2026, 20:00.");
    buf_deinit(&parts);
}

static void a_welcome_that_says_no_date_gets_one(void **state)
{
    (void)state;
    char *text = club_plans[1].welcome_text;
    club_plans[1].welcome_text = "Hi {{name}}.";
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_access(&parts, "core", club_until_ms, true);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Hi Ann.\n\nCore: active until 31 Jan 2026, 20:00\n\nTo get you", true);
    club_plans[1].welcome_text = text;
    buf_deinit(&parts);
}

static void greetings(void **state)
{
    (void)state;
    struct message greeting = {.kind = MESSAGE_part_greeting, .part_greeting = {SLICE("ref42")}};
    struct buf parts;
    buf_init(&parts, 65536);
    club_add(&parts, greeting);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work,
                  "Hello, Ann! You are not a member of Trade Club yet.\n\n"
                  "To join, choose a plan wherever Trade Club offers its memberships. If you "
                  "are asked for your Telegram ID, it is:\n7000000001\n\n"
                  "Already paid? Send this ID to the Trade Club team and they will find your "
                  "payment.");
    work.language = LANGUAGE_ZH_HANS;
    assert_says(&work, "您目前还不是“Trade Club”的会员", true);
    assert_says(&work, "请填写：\n7000000001\n", true);

    /* Plans with prices are bought here. */
    club_plans[0].price_count = 1;
    assert_says(&work, "请发送 /plans 选择套餐", true);
    assert_says(&work, "7000000001", true);
    club_plans[0].price_count = 0;

    club_add_access(&parts, "starter", club_now_ms, false);
    club_add_access(&parts, "core", club_until_ms, false);
    work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Hello, Ann! Here is your membership of Trade Club:\n"
                         "Starter: expired on 31 Dec 2025, 20:00; please renew soon to keep your "
                         "access\n"
                         "Core: active until 31 Jan 2026, 20:00");
    /* Who pays and writes at once is welcomed, not listed. */
    buf_clear(&parts);
    club_add(&parts, greeting);
    club_add_access(&parts, "starter", club_until_ms, true);
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Welcome to Trade Club, Ann!", true);
    assert_says(&work, "not a member", false);
    assert_says(&work, "Hello", false);
    /* A way in without a plan's part: not a stranger. */
    buf_clear(&parts);
    club_add(&parts, greeting);
    club_add_button(&parts, "core", "https://t.me/+b");
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Hello, Ann!\n\nTo enter, tap below.\nInvite links", true);
    buf_deinit(&parts);
}

static void endings(void **state)
{
    (void)state;
    static const char *const says[] = {
        "Dear Ann, your Core membership of Trade Club has expired.",
        "Dear Ann, your payment for Core was refunded, so this membership of Trade Club has ended.",
        "disputed through your bank or payment provider",
        "Dear Ann, your Core membership of Trade Club has ended.",
    };
    for (uint64_t reason = 0; reason < 4; reason++) {
        struct buf parts;
        buf_init(&parts, 65536);
        club_add_ended(&parts, "core", reason);
        struct message_work work = club_work(DELIVERY_letter, &parts);
        assert_says(&work, says[reason], true);
        buf_deinit(&parts);
    }
}

static void of_several_parts_about_one_plan_the_last_is_true(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_access(&parts, "core", club_now_ms, true);
    club_add_access(&parts, "core", club_until_ms, false);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Welcome, Ann! Your Core at Trade Club runs until 31 Jan 2026, 20:00.",
                true);
    assert_says(&work, "31 Dec", false);

    club_add_ended(&parts, "core", 1);
    work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work,
                  "Dear Ann, your payment for Core was refunded, so this membership of Trade "
                  "Club has ended.");
    club_add_access(&parts, "core", club_until_ms, false);
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "refunded", false);
    assert_says(&work, "31 Jan 2026", true);
    buf_deinit(&parts);
}

static void buttons_are_one_a_group(void **state)
{
    (void)state;
    struct buf parts;
    struct letter letter;
    buf_init(&parts, 65536);
    club_add_button(&parts, "core", "https://t.me/+old");
    club_add_button(&parts, "starter", "https://t.me/+s");
    club_add_button(&parts, "core", "https://t.me/+new");
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_int_equal(read_letter(&letter, &work, NULL), ERROR_NONE);
    assert_int_equal(letter.button_count, 2);
    assert_true(slice_is(letter.buttons[0].link, "https://t.me/+new"));
    assert_true(slice_is(letter.buttons[1].link, "https://t.me/+s"));
    buf_deinit(&parts);
}

static void unpriced_receipts(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_receipt(&parts, "", -1, "");
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Receipt: Core, 31 Dec 2025, 20:00");
    buf_clear(&parts);
    club_add_receipt(&parts, "x", 5, "");
    work = club_work(DELIVERY_letter, &parts);
    assert_letter(&work, "Receipt: Core, 31 Dec 2025, 20:00\nPayment no. x");
    buf_clear(&parts);
    club_add_receipt(&parts, "x", -1, "USD");
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Core, 31 Dec", true);
    buf_clear(&parts);
    club_add_receipt(&parts, "x", 29000000, "USDT");
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Core, 29.000000 USDT, 31 Dec", true);
    buf_clear(&parts);
    club_add_receipt(&parts, "x", 290, "ZZZZZZZZ"); /* as long as the wire lets a code be */
    work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Core, 290 ZZZZZZZZ, 31 Dec", true);
    buf_deinit(&parts);
}

static void what_is_no_letter_is_refused(void **state)
{
    (void)state;
    struct letter letter;
    char why[512];
    struct buf parts;
    buf_init(&parts, 65536);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_int_equal(read_letter(&letter, &work, why), ERROR_NOT_FOUND);

    club_add_button(&parts, "core", "");
    work = club_work(DELIVERY_letter, &parts);
    assert_int_equal(read_letter(&letter, &work, why), ERROR_INVALID);
    assert_string_equal(why, "the button of group \"core\" has no link");
    buf_clear(&parts);
    club_add_button(&parts, "core", "javascript:alert(1)");
    work = club_work(DELIVERY_letter, &parts);
    assert_int_equal(read_letter(&letter, &work, why), ERROR_INVALID);

    buf_clear(&parts);
    club_add(&parts, (struct message){.kind = MESSAGE_cmd_tick, .cmd_tick = {1}});
    work = club_work(DELIVERY_letter, &parts);
    assert_int_equal(read_letter(&letter, &work, why), ERROR_INVALID);
    work.parts = SLICE("\xFF\xFF");
    assert_int_equal(read_letter(&letter, &work, why), ERROR_INVALID);
    assert_non_null(strstr(why, "damaged"));
    work.parts = slice_of(parts.data, parts.len - 1);
    assert_int_equal(read_letter(&letter, &work, why), ERROR_INVALID);
    buf_deinit(&parts);
}

/* Operators may write much; what stands first and the way in survive. */
static void too_much_is_cut_at_a_line(void **state)
{
    (void)state;
    static char text[20000];
    char *saved = club_plans[1].welcome_text;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        for (size_t lines = 1; lines < 400; lines++) {
            size_t len = 0;
            for (size_t i = 0; i < lines; i++) {
                const char *line =
                    i % 2 == 0 ? "一行中文🎉 {{name}}\n" : "and some more, a line long\n";
                size_t n = strlen(line);
                memcpy(text + len, line, n + 1);
                len += n;
            }
            club_plans[1].welcome_text = text;
            struct buf parts;
            buf_init(&parts, 65536);
            club_add_access(&parts, "core", club_until_ms, true);
            club_add_button(&parts, "core", "https://t.me/+b");
            struct message_work work = club_work(DELIVERY_letter, &parts);
            work.language = (uint64_t)language;
            char *letter = text_of(&work); /* checks the length */
            bool cut =
                strstr(letter, "did not fit") || strstr(letter, "其余") || strstr(letter, "其餘");
            assert_int_equal(cut, lines > 220 || (cut && lines > 150));
            assert_true(strstr(letter, "only once") || strstr(letter, "仅能使用一次") ||
                        strstr(letter, "僅能使用一次"));
            free(letter);
            buf_deinit(&parts);
        }
    }
    /* One line without an end is cut where it must be, also when a short one stands before it. */
    memset(text, 'x', 10000);
    text[5] = '\n';
    text[10000] = '\0';
    struct buf parts;
    buf_init(&parts, 65536);
    club_add_access(&parts, "core", club_until_ms, true);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    char *letter = text_of(&work);
    assert_int_equal(strspn(letter, "x\n"),
                     4096 - 2 - strlen("(The rest did not fit into this message.)"));
    free(letter);
    club_plans[1].welcome_text = saved;
    buf_deinit(&parts);
}

static void as_many_parts_as_there_may_be(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    for (int i = 0; i < 150; i++) {
        char name[16];
        snprintf(name, sizeof(name), "g%d", i);
        club_add_button(&parts, name, "https://t.me/+x");
        club_add_access(&parts, name, club_until_ms, i % 2 == 0);
        club_add_receipt(&parts, name, i, "USD");
    }
    assert_false(parts.failed);
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "Welcome to Trade Club, Ann! Your g0 membership", true);
    assert_says(&work, "(The rest did not fit into this message.)", true);
    assert_says(&work, "50 more groups did not fit into this message", true);
    struct letter letter;
    assert_int_equal(read_letter(&letter, &work, NULL), ERROR_NONE);
    assert_int_equal(letter.button_count, LETTER_BUTTONS_MAX);
    buf_deinit(&parts);
}

/* More plans than a letter speaks of, in a text that would fit. */
static void plans_left_out_are_admitted(void **state)
{
    (void)state;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add(&parts, (struct message){.kind = MESSAGE_part_greeting, .part_greeting = {SLICE("")}});
    for (int i = 0; i <= LETTER_PLANS_MAX; i++) {
        struct message_work work = club_work(DELIVERY_letter, &parts);
        assert_says(&work, "did not fit", false);
        char name[16];
        snprintf(name, sizeof(name), "p%d", i);
        club_add_access(&parts, name, club_until_ms, false);
    }
    struct message_work work = club_work(DELIVERY_letter, &parts);
    assert_says(&work, "p63: active until 31 Jan 2026, 20:00\n\n(The rest did not fit", true);
    buf_deinit(&parts);
}

static void long_names_are_cut(void **state)
{
    (void)state;
    static char name[3001];
    for (size_t i = 0; i < 3000; i += 3)
        memcpy(name + i, "名", 4);
    char *saved = club.community_name;
    club.community_name = name;
    struct buf parts;
    buf_init(&parts, 65536);
    club_add(&parts, (struct message){.kind = MESSAGE_part_greeting, .part_greeting = {SLICE("")}});
    struct message_work work = club_work(DELIVERY_letter, &parts);
    work.name = slice_of(name, 240);
    char *letter = text_of(&work);
    assert_true(utf8_utf16_length(slice_from(letter)) < 900);
    free(letter);
    club.community_name = saved;
    buf_deinit(&parts);
}

static void labels(void **state)
{
    (void)state;
    static const struct {
        enum language language;
        const char *group;
        const char *label;
    } cases[] = {
        {LANGUAGE_EN, "core", "Enter Core 核心群"},
        {LANGUAGE_ZH_HANS, "core", "进入 Core 核心群"},
        {LANGUAGE_ZH_HANT, "starter", "進入 Starter \"A\""},
        {LANGUAGE_EN, "gone", "Enter gone"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct letter letter = {.config = &club, .language = cases[i].language};
        struct message_part_button button = {slice_from(cases[i].group), SLICE("https://t.me/+x")};
        struct buf out;
        buf_init(&out, 1000);
        letter_button_label(&letter, &button, &out);
        buf_append_u8(&out, 0);
        assert_string_equal(out.data, cases[i].label);
        buf_deinit(&out);
    }
}

static void long_labels_are_cut(void **state)
{
    (void)state;
    static char title[1000];
    char *saved = club_groups[1].title;
    club_groups[1].title = title;
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        for (size_t n = 40; n < 100; n++) {
            memset(title, 'x', n);
            memcpy(title + n, "🎉🎉", 9);
            struct letter letter = {.config = &club, .language = (enum language)language};
            struct message_part_button button = {SLICE("core"), SLICE("https://t.me/+x")};
            struct buf out;
            buf_init(&out, 1000);
            letter_button_label(&letter, &button, &out);
            size_t units = utf8_utf16_length(buf_slice(&out));
            assert_true(slice_is_text(buf_slice(&out)));
            assert_in_range(units, 40, LETTER_BUTTON_UNITS_MAX);
            bool cut = out.len >= 3 && memcmp(out.data + out.len - 3, "…", 3) == 0;
            size_t whole = n + 4 + (language == LANGUAGE_EN ? 6 : 3);
            assert_int_equal(cut, whole > LETTER_BUTTON_UNITS_MAX);
            buf_deinit(&out);
        }
    }
    club_groups[1].title = saved;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_payment),
        cmocka_unit_test(a_renewal),
        cmocka_unit_test(a_plan_without_a_text_gets_the_catalog_s),
        cmocka_unit_test(a_welcome_that_says_no_date_gets_one),
        cmocka_unit_test(greetings),
        cmocka_unit_test(endings),
        cmocka_unit_test(of_several_parts_about_one_plan_the_last_is_true),
        cmocka_unit_test(buttons_are_one_a_group),
        cmocka_unit_test(unpriced_receipts),
        cmocka_unit_test(what_is_no_letter_is_refused),
        cmocka_unit_test(too_much_is_cut_at_a_line),
        cmocka_unit_test(as_many_parts_as_there_may_be),
        cmocka_unit_test(plans_left_out_are_admitted),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(labels),
        cmocka_unit_test(long_labels_are_cut),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
