#include "modules/ticket/talk.h"

#include "ledger/dialogue.h"
#include "ledger/letter.h"
#include "ledger/news.h"
#include "ledger/person.h"
#include "ledger/said.h"

static const uint64_t talk_ms = UINT64_C(90) * 24 * 3600 * 1000;  /* a dialogue of a quiet ticket */
static const uint64_t asked_ms = UINT64_C(30) * 24 * 3600 * 1000; /* between two questions */

static void ask(struct ledger *ledger, const struct message_cmd_said *said);
static void pick(struct ledger *ledger, const struct message_cmd_said *said);
static void hear(struct ledger *ledger, const struct message_cmd_said *said);
static void rate(struct ledger *ledger, const struct message_cmd_said *said);
static void answer_menu(struct ledger *ledger, const struct message_cmd_said *said);
static void answer_opened(struct ledger *ledger, const struct message_cmd_said *said,
                          uint64_t number);
static bool still_empty(struct ledger *ledger, int64_t telegram_id, uint64_t category,
                        uint64_t *number);
static void talk_load(struct ledger *ledger, int64_t telegram_id, struct record_ticket_talk *out);

static const char *const support_words[] = {"/support", "support",  "人工",
                                            "客服",     "人工客服", NULL};

enum { INTENT_WORDS = 2 };
const struct intent_row talk_intents[] = {
    {.verb = "support",
     .words = support_words,
     .said = ask,
     .menu = {"Talk to the support", "联系客服", "聯絡客服"}},
    {.verb = "open", .said = pick},
    [INTENT_WORDS] = {.verb = "words", .said = hear},
    {.verb = "rate", .said = rate},
    {.verb = NULL},
};

unsigned talk_open_count(struct ledger *ledger, int64_t telegram_id)
{
    struct record_ticket_open open;
    uint64_t n = 0;
    unsigned count = 0;
    for (bool after = false;
         count <= TICKETS_OPEN_MAX &&
         aspect_next(ledger, telegram_id, shape_record_ticket_open(), after, &n, &open);
         after = true)
        count++;
    return count;
}

void talk_opened(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket)
{
    const struct record_ticket_open open = {.opened = ticket->opened};
    aspect_store(ledger, ticket->telegram_id, shape_record_ticket_open(), number, &open);
    talk_focus(ledger, number, ticket);
}

void talk_focus(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket)
{
    struct record_ticket_talk talk;
    talk_load(ledger, ticket->telegram_id, &talk);
    if (talk.ticket != number) {
        talk.ticket = number;
        aspect_store(ledger, ticket->telegram_id, shape_record_ticket_talk(), 0, &talk);
    }
    dialogue_begin(ledger, ticket->telegram_id, MODULE_ticket, talk_intents[INTENT_WORDS].verb,
                   ledger->at_ms + talk_ms);
}

void talk_closed(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket)
{
    int64_t telegram_id = ticket->telegram_id;
    struct record_ticket_talk talk;
    struct record_ticket_open open;
    uint64_t other = 0;
    aspect_delete(ledger, telegram_id, shape_record_ticket_open(), number);
    talk_load(ledger, telegram_id, &talk);
    if (talk.ticket != number)
        return;
    talk.ticket =
        aspect_last(ledger, telegram_id, shape_record_ticket_open(), &other, &open) ? other : 0;
    aspect_store(ledger, telegram_id, shape_record_ticket_talk(), 0, &talk);
    if (talk.ticket == 0 && dialogue_open(ledger, telegram_id) == &talk_intents[INTENT_WORDS])
        dialogue_end(ledger, telegram_id);
}

void talk_say(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket,
              enum ticket_word_kind word, struct slice text)
{
    const struct ticket_word it = {.word = word,
                                   .ticket = number,
                                   .category = ticket->category,
                                   .due = ticket->first_due,
                                   .text = text};
    const struct message part = part_make(shape_ticket_word(), &it);
    letter_add(ledger, ticket->telegram_id, &part, 1, ledger->at_ms);
}

void talk_ask(struct ledger *ledger, uint64_t number, const struct record_ticket *ticket)
{
    struct record_ticket_talk talk;
    struct record_member member;
    talk_load(ledger, ticket->telegram_id, &talk);
    if (!member_load(ledger, ticket->telegram_id, &member) || member.unreachable ||
        (talk.asked != 0 && talk.asked + asked_ms > ledger->at_ms))
        return;
    talk.asked = ledger->at_ms;
    aspect_store(ledger, ticket->telegram_id, shape_record_ticket_talk(), 0, &talk);
    talk_say(ledger, number, ticket, TICKET_WORD_ASKED, SLICE(""));
}

/* What is it about? */
static void ask(struct ledger *ledger, const struct message_cmd_said *said)
{
    answer_menu(ledger, said);
}

static void pick(struct ledger *ledger, const struct message_cmd_said *said)
{
    uint64_t category = 0;
    uint64_t number = 0;
    while (category < TICKET_CATEGORIES && !slice_is(said->arg, ticket_categories[category]))
        category++;
    if (category == TICKET_CATEGORIES || !said_private(said)) {
        said_stale(ledger, said);
        return;
    }
    if (still_empty(ledger, said->telegram_id, category, &number) ||
        ticket_begin(ledger, said->telegram_id, (enum ticket_category)category, SLICE(""),
                     &number) == RESULT_ok)
        answer_opened(ledger, said, number);
    else
        answer_menu(ledger, said);
}

static void hear(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct record_ticket_talk talk;
    talk_load(ledger, said->telegram_id, &talk);
    if (ticket_hear(ledger, talk.ticket, said->text) != RESULT_ok)
        dialogue_end(ledger, said->telegram_id);
}

/* "T5:9" */
static void rate(struct ledger *ledger, const struct message_cmd_said *said)
{
    const char *colon = said->arg.len == 0 ? NULL : memchr(said->arg.data, ':', said->arg.len);
    struct record_ticket ticket;
    long long score;
    if (colon == NULL) {
        said_stale(ledger, said);
        return;
    }
    size_t len = (size_t)(colon - said->arg.data);
    uint64_t number = ticket_number(slice_of(said->arg.data, len));
    if (!slice_to_i64(slice_of(colon + 1, said->arg.len - len - 1), &score) || score < 0 ||
        score > 10 || !ticket_load(ledger, number, &ticket) ||
        ticket.telegram_id != said->telegram_id || ticket.state != TICKET_CLOSED || ticket.rated) {
        said_stale(ledger, said);
        return;
    }
    ticket.rated = 1;
    ticket.score = (uint64_t)score;
    ticket_store(ledger, number, &ticket, TICKET_CLOSED);
    const struct fact_ticket_rated fact = {ticket.telegram_id, number, (uint64_t)score};
    fact_tell(ledger, shape_fact_ticket_rated(), &fact);
    const struct ticket_word thanks = {.word = TICKET_WORD_THANKS, .ticket = number};
    const struct message part = part_make(shape_ticket_word(), &thanks);
    said_reply(ledger, said, &part, 1);
}

static void answer_menu(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct support support;
    const struct ticket_menu menu = {.off = !support_load(ledger, &support),
                                     .full = talk_open_count(ledger, said->telegram_id) >=
                                             TICKETS_OPEN_MAX};
    const struct message part = part_make(shape_ticket_menu(), &menu);
    said_reply(ledger, said, &part, 1);
}

static void answer_opened(struct ledger *ledger, const struct message_cmd_said *said,
                          uint64_t number)
{
    struct record_ticket ticket;
    if (!ticket_load(ledger, number, &ticket))
        return;
    const struct ticket_word opened = {.word = TICKET_WORD_OPENED,
                                       .ticket = number,
                                       .category = ticket.category,
                                       .due = ticket.first_due};
    const struct message part = part_make(shape_ticket_word(), &opened);
    said_reply(ledger, said, &part, 1);
}

/* A button pressed twice opens one ticket. */
static bool still_empty(struct ledger *ledger, int64_t telegram_id, uint64_t category,
                        uint64_t *number)
{
    struct record_ticket_talk talk;
    struct record_ticket ticket;
    talk_load(ledger, telegram_id, &talk);
    *number = talk.ticket;
    return ticket_load(ledger, talk.ticket, &ticket) && ticket_is_open(&ticket) &&
           ticket.category == category && ticket.window == 0 && ticket.first_answer == 0;
}

static void talk_load(struct ledger *ledger, int64_t telegram_id, struct record_ticket_talk *out)
{
    if (!aspect_load(ledger, telegram_id, shape_record_ticket_talk(), 0, out))
        *out = (struct record_ticket_talk){.ticket = 0};
}
