/* What is said reaches whom it is for; a dialogue takes what is no word. */
#include "ledger/dialogue.h"
#include "ledger/person.h"
#include "tests/unit/ledger/talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

enum { CHAT = -1001 };

static struct store *store;
static struct ledger *ledger;
static uint64_t now_ms;
static uint64_t update_id;

static enum result apply(const struct message *message)
{
    char bytes[16384];
    struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct effects effects = {0};
    unsigned result;
    wire_encode(&out, message);
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_int_equal(ledger_apply(ledger, ledger_applied(ledger) + 1, now_ms, buf_slice(&out),
                                  &result, &effects),
                     ERROR_NONE);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    free(effects.items);
    return (enum result)result;
}

static int set_up(void **state)
{
    char bytes[4096];
    struct buf rows = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    uint8_t hash[32] = {1};
    const struct message catalog[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Club"), .timezone = SLICE("UTC")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {.name = SLICE("main")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("lounge"), .bot = SLICE("main"), .chat_id = CHAT}}};
    (void)state;
    for (size_t i = 0; i < sizeof catalog / sizeof catalog[0]; i++)
        wire_encode(&rows, &catalog[i]);
    const struct message configure = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {.hash = slice_of(hash, sizeof hash), .catalog = buf_slice(&rows)}};
    now_ms = 1767225600000;
    memset(&talk, 0, sizeof talk);
    assert_int_equal(store_open_memory(&store), ERROR_NONE);
    assert_int_equal(ledger_open(store, &ledger, NULL), ERROR_NONE);
    assert_int_equal(apply(&configure), RESULT_ok);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    ledger_close(&ledger);
    store_close(&store);
    return 0;
}

static struct message said(const char *verb, const char *arg, const char *text)
{
    return (struct message){.kind = MESSAGE_cmd_said,
                            .cmd_said = {.bot = SLICE("main"),
                                         .update_id = ++update_id,
                                         .chat_id = 42,
                                         .telegram_id = 42,
                                         .name = SLICE("Ada"),
                                         .language = SLICE("en"),
                                         .message_id = 9,
                                         .origin = SAID_PRIVATE,
                                         .module = verb[0] == 0 ? 0 : MODULE_talk,
                                         .verb = slice_from(verb),
                                         .arg = slice_from(arg),
                                         .text = slice_from(text)}};
}

/* The newest delivery, as the granter gets it. */
static struct message_work newest(void)
{
    static char bytes[8192];
    struct buf out = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    struct message message;
    uint64_t id = ledger->meta.next_delivery - 1;
    assert_int_equal(ledger_work(ledger, id, now_ms + 1, &out), ERROR_NONE);
    assert_int_equal(wire_decode_one(buf_slice(&out), &message, NULL), ERROR_NONE);
    return message.work;
}

static void open_dialogue(uint64_t until_ms)
{
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    dialogue_begin(ledger, 42, MODULE_talk, "answer", until_ms);
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
}

static bool listens(const struct message *message)
{
    bool yes;
    assert_int_equal(ledger_listens(ledger, &message->cmd_said, &yes), ERROR_NONE);
    return yes;
}

static void a_word_reaches_its_intent_and_is_answered(void **state)
{
    (void)state;
    struct message word = said("ask", "7", "/ask 7");
    assert_int_equal(apply(&word), RESULT_ok);
    assert_int_equal(apply(&word), RESULT_duplicate);
    assert_int_equal(talk.heard, 1);
    assert_string_equal(talk.arg, "7");
    struct message_work work = newest();
    assert_int_equal(work.kind, DELIVERY_reply);
    assert_int_equal(work.chat_id, 42);
    assert_int_equal(work.message_id, 0);
    struct message part;
    assert_int_equal(wire_decode_one(work.parts, &part, NULL), ERROR_NONE);
    assert_int_equal((unsigned)part.kind, shape_talk_part()->id);
}

static void what_a_link_brings_is_kept(void **state)
{
    (void)state;
    struct record_member member;
    struct message link = said("linked", "SUMMER", "/start c_SUMMER");
    assert_int_equal(apply(&link), RESULT_ok);
    assert_string_equal(talk.arg, "SUMMER");
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_true(member_load(ledger, 42, &member));
    assert_string_equal(member.payload, "c_SUMMER");
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
}

static void a_press_edits_its_message_and_ends_its_wait(void **state)
{
    (void)state;
    struct message press = said("ask", "7", "");
    press.cmd_said.origin = SAID_BUTTON;
    press.cmd_said.callback = SLICE("77");
    uint64_t before = ledger->meta.next_delivery;
    assert_int_equal(apply(&press), RESULT_ok);
    assert_int_equal(ledger->meta.next_delivery,
                     before + 2); /* the reply, and the end of the wait */
    assert_int_equal(newest().kind, DELIVERY_answer);
    assert_int_equal(newest().parts.len, 0);
    /* One that the module finds stale, and one that no module knows. */
    for (int i = 0; i < 2; i++) {
        talk.stale = true;
        press.cmd_said.update_id = ++update_id;
        if (i == 1)
            press.cmd_said.verb = SLICE("gone");
        assert_int_equal(apply(&press), RESULT_ok);
        struct message_work work = newest();
        struct message part;
        assert_int_equal(work.kind, DELIVERY_answer);
        assert_true(slice_is(work.link, "77"));
        assert_int_equal(wire_decode_one(work.parts, &part, NULL), ERROR_NONE);
        assert_string_equal(message_name(part.kind), "stale");
    }
}

static void a_word_in_a_group_is_answered_in_private(void **state)
{
    (void)state;
    struct message word = said("ask", "", "/ask");
    word.cmd_said.origin = SAID_GROUP;
    word.cmd_said.chat_id = CHAT;
    assert_int_equal(apply(&word), RESULT_ok);
    assert_int_equal(newest().chat_id, 42);
    struct record_member member;
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    assert_false(member_load(ledger, 42, &member) &&
                 member.seen_ms != 0); /* they wrote to nobody */
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    word.cmd_said.chat_id = CHAT - 1;
    assert_int_equal(apply(&word), RESULT_stranger);
}

static void a_dialogue_takes_what_is_no_word(void **state)
{
    (void)state;
    struct message text = said("", "", "blue");
    assert_false(listens(&text));
    open_dialogue(now_ms + 1000);
    assert_true(listens(&text));
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.answered, 1);
    assert_string_equal(talk.text, "blue");
    struct message word = said("ask", "", "/ask"); /* leaves it open */
    assert_int_equal(apply(&word), RESULT_ok);
    text.cmd_said.update_id = ++update_id;
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.answered, 2);
    struct message nothing = said("", "", ""); /* a picture */
    assert_int_equal(apply(&nothing), RESULT_ok);
    assert_int_equal(talk.answered, 2);

    now_ms += 1000; /* it is over */
    text.cmd_said.update_id = ++update_id;
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.answered, 2);
    assert_false(listens(&text));
    open_dialogue(now_ms + 1000);
    assert_true(listens(&text));
    assert_int_equal(ledger_begin(ledger), ERROR_NONE);
    dialogue_end(ledger, 42);
    dialogue_end(ledger, 42);
    assert_null(dialogue_open(ledger, 42));
    assert_int_equal(ledger_commit(ledger), ERROR_NONE);
    assert_false(listens(&text));
}

static void a_module_claims_what_nobody_asked_for(void **state)
{
    (void)state;
    struct message text = said("", "", "how much?");
    talk.claims = true;
    assert_true(listens(&text));
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.wrote, 1);
    open_dialogue(now_ms + 1000); /* goes before */
    text.cmd_said.update_id = ++update_id;
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.wrote, 1);
    assert_int_equal(talk.answered, 1);
}

static void a_module_claims_a_group_that_is_not_configured(void **state)
{
    (void)state;
    struct message text = said("", "", "how much?");
    text.cmd_said.origin = SAID_GROUP;
    text.cmd_said.chat_id = CHAT - 1;
    open_dialogue(now_ms + 1000); /* is for what they write in private */
    assert_false(listens(&text));
    assert_int_equal(apply(&text), RESULT_stranger);
    talk.claims = true;
    assert_true(listens(&text));
    assert_int_equal(apply(&text), RESULT_ok);
    assert_int_equal(talk.wrote, 1);
    assert_int_equal(talk.answered, 0);
    struct message word = said("ask", "", "/ask");
    word.cmd_said.origin = SAID_GROUP;
    word.cmd_said.chat_id = CHAT - 1;
    assert_int_equal(apply(&word), RESULT_stranger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_word_reaches_its_intent_and_is_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_link_brings_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_press_edits_its_message_and_ends_its_wait, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_word_in_a_group_is_answered_in_private, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_dialogue_takes_what_is_no_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_module_claims_what_nobody_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_module_claims_a_group_that_is_not_configured, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
