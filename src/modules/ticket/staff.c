#include "modules/ticket/staff.h"

#include "base/utf8.h"
#include "ledger/facts.h"
#include "ledger/person.h"
#include "ledger/said.h"
#include "modules/ticket/say.h"

#include <stdio.h>

enum {
    PIECES_MAX = 8, /* about 11 KB wait */
    PIECE_BYTES = sizeof((struct record_ticket_piece){0}.text) - 1,
    FORGET_MAX = 400
};

static uint64_t say(struct ledger *ledger, const struct support *support, uint64_t thread,
                    const struct ticket_note *note);
static void gather(struct ledger *ledger, uint64_t number, struct record_ticket *ticket,
                   struct slice text);
static uint64_t place_of(struct ledger *ledger, const struct support *support,
                         const struct message_cmd_said *said);
static uint64_t named_in(struct slice text);
static void obey(struct ledger *ledger, const struct support *support, uint64_t number,
                 const struct message_cmd_said *said);
static void topic_made(struct ledger *ledger, uint64_t number, const struct fact_told *told);
static void number_key(struct key *key, uint64_t number);
static void piece_key(struct key *key, uint64_t number, uint64_t piece);
static void message_key(struct key *key, uint64_t message_id);
static void messages_of(struct key *key, uint64_t number);
static bool find(struct ledger *ledger, const struct shape *shape, const struct key *key,
                 uint64_t *number);

void staff_open(struct ledger *ledger, const struct support *support, uint64_t number,
                struct record_ticket *ticket)
{
    char id[TICKET_ID_SIZE];
    char title[512];
    struct record_member member;
    struct key key;
    struct record_ticket_sending sending = {.ticket = number};
    const struct reply_to to = {.bot = support->row.bot, .chat_id = support->row.chat_id};
    bool known = member_load(ledger, ticket->telegram_id, &member);
    ticket_id(number, id);
    (void)snprintf(title, sizeof title, "%s %s %s", id,
                   say_category((enum ticket_category)ticket->category, ledger->catalog->language),
                   known ? member.name : "");
    ticket->topic = support->row.topics ? staff_topic(ledger, &to, slice_from(title)) : 0;
    if (ticket->topic == 0) {
        staff_note(ledger, support, number, ticket, TICKET_NOTE_OPENED, SLICE(""));
        return;
    }
    number_key(&key, ticket->topic);
    row_store(ledger, shape_record_ticket_sending(), &key, &sending);
}

void staff_pass(struct ledger *ledger, const struct support *support, uint64_t number,
                struct record_ticket *ticket, struct slice text)
{
    if (ticket->window == 0 || ledger->at_ms - ticket->window >= TICKET_BURST_MS) {
        if (ticket->topic == 0)
            staff_flush(ledger, support, number, ticket);
        ticket->window = ledger->at_ms;
        ticket->said = 0;
    }
    ticket->said++;
    if (ticket->topic != 0 || ticket->said > TICKET_BURST)
        gather(ledger, number, ticket, text);
    else
        staff_note(ledger, support, number, ticket, TICKET_NOTE_SAID, text);
}

void staff_flush(struct ledger *ledger, const struct support *support, uint64_t number,
                 struct record_ticket *ticket)
{
    for (uint64_t n = 0; n < ticket->gathered; n++) {
        struct key key;
        struct record_ticket_piece piece;
        piece_key(&key, number, n);
        if (!row_load(ledger, shape_record_ticket_piece(), &key, &piece))
            continue;
        staff_note(ledger, support, number, ticket, TICKET_NOTE_SAID, slice_from(piece.text));
        row_delete(ledger, shape_record_ticket_piece(), &key);
    }
    if (ticket->cut)
        staff_note(ledger, support, number, ticket, TICKET_NOTE_SAID, SLICE("…"));
    ticket->gathered = 0;
    ticket->cut = 0;
}

uint64_t staff_flush_ms(const struct record_ticket *ticket)
{
    return ticket->gathered > 0 && ticket->topic == 0 ? ticket->window + TICKET_BURST_MS : 0;
}

void staff_note(struct ledger *ledger, const struct support *support, uint64_t number,
                const struct record_ticket *ticket, enum ticket_note_kind kind, struct slice text)
{
    struct record_member member;
    struct key key;
    struct record_ticket_sending sending = {.ticket = number};
    bool known = member_load(ledger, ticket->telegram_id, &member);
    const struct ticket_note note = {
        .note = kind,
        .ticket = number,
        .category = ticket->category,
        .telegram_id = kind == TICKET_NOTE_ASSIGNED ? ticket->assignee : ticket->telegram_id,
        .name = known ? slice_from(member.name) : SLICE(""),
        .due = ticket->first_due,
        .text = text};
    uint64_t id = say(ledger, support, ticket->thread, &note);
    if (id == 0 || ticket->thread != 0)
        return;
    number_key(&key, id);
    row_store(ledger, shape_record_ticket_sending(), &key, &sending);
}

void staff_call(struct ledger *ledger, const struct support *support,
                const struct ticket_note *note)
{
    (void)say(ledger, support, 0, note);
}

void staff_forget(struct ledger *ledger, uint64_t number)
{
    struct key prefix;
    struct record_ticket_message message;
    messages_of(&prefix, number);
    struct key at = prefix;
    for (unsigned n = 0; n < FORGET_MAX && row_next(ledger, shape_record_ticket_message(),
                                                    key_slice(&prefix), n > 0, &at, &message);
         n++) {
        struct slice rest = slice_of(at.data + prefix.len, at.len - prefix.len);
        struct key other;
        uint64_t id = 0;
        (void)key_take_u64(&rest, &id);
        message_key(&other, id);
        row_delete(ledger, shape_record_ticket_message(), &other);
        row_delete(ledger, shape_record_ticket_message(), &at);
    }
}

void staff_told(struct ledger *ledger, const void *fact)
{
    const struct fact_told *told = fact;
    struct key key;
    struct record_ticket_sending sending;
    struct record_ticket_message message;
    number_key(&key, told->delivery);
    if (!row_load(ledger, shape_record_ticket_sending(), &key, &sending))
        return;
    if (told->message_id == 0) {
        topic_made(ledger, sending.ticket, told);
        return;
    }
    row_delete(ledger, shape_record_ticket_sending(), &key);
    message.ticket = sending.ticket;
    message_key(&key, told->message_id);
    row_store(ledger, shape_record_ticket_message(), &key, &message);
    messages_of(&key, sending.ticket);
    key_u64(&key, told->message_id);
    row_store(ledger, shape_record_ticket_message(), &key, &message);
}

/* A topic that could not be made may still be, when the operator lets the dead letter go: until
 * then the ticket is told in the chat. */
static void topic_made(struct ledger *ledger, uint64_t number, const struct fact_told *told)
{
    struct support support;
    struct record_ticket ticket;
    struct key key;
    struct record_ticket_thread thread = {.ticket = number};
    number_key(&key, told->delivery);
    if (!support_load(ledger, &support) || !ticket_load(ledger, number, &ticket))
        return;
    if (told->thread_id != 0) {
        row_delete(ledger, shape_record_ticket_sending(), &key);
        number_key(&key, told->thread_id);
        row_store(ledger, shape_record_ticket_thread(), &key, &thread);
        ticket.thread = told->thread_id;
    } else if (ticket.topic != told->delivery) {
        return; /* a word in the chat that did not arrive */
    }
    ticket.topic = 0;
    staff_note(ledger, &support, number, &ticket, TICKET_NOTE_OPENED, SLICE(""));
    staff_flush(ledger, &support, number, &ticket);
    ticket_store(ledger, number, &ticket, (enum ticket_state)ticket.state);
}

bool staff_claims(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct support support;
    return said->origin == SAID_GROUP && support_load(ledger, &support) &&
           place_of(ledger, &support, said) != 0;
}

void staff_wrote(struct ledger *ledger, const struct message_cmd_said *said)
{
    struct support support;
    struct record_ticket ticket;
    if (!support_load(ledger, &support))
        return;
    uint64_t number = place_of(ledger, &support, said);
    if (!ticket_load(ledger, number, &ticket))
        return;
    if (said->text.len >= 2 && memcmp(said->text.data, "//", 2) == 0)
        return; /* among the staff */
    if (said->text.data[0] == '/') {
        obey(ledger, &support, number, said);
        return;
    }
    if (ticket_reply(ledger, number, said->text, false) == RESULT_ticket_closed)
        staff_note(ledger, &support, number, &ticket, TICKET_NOTE_CLOSED, SLICE(""));
}

static void obey(struct ledger *ledger, const struct support *support, uint64_t number,
                 const struct message_cmd_said *said)
{
    struct record_ticket ticket;
    struct slice text = said->text;
    size_t len = 0;
    while (len < text.len && strchr(" @\n", text.data[len]) == NULL)
        len++;
    struct slice verb = slice_of(text.data, len);
    while (len < text.len && text.data[len] != ' ')
        len++;
    while (len < text.len && text.data[len] == ' ')
        len++;
    long long whom;
    if (!slice_to_i64(slice_of(text.data + len, text.len - len), &whom))
        whom = said->telegram_id;
    unsigned result = RESULT_invalid;
    if (slice_is(verb, "/close"))
        result = ticket_finish(ledger, number, TICKET_CLOSED);
    else if (slice_is(verb, "/resolve"))
        result = ticket_finish(ledger, number, TICKET_RESOLVED);
    else if (slice_is(verb, "/assign"))
        result = ticket_give(ledger, number, whom);
    if (result == RESULT_ok || !ticket_load(ledger, number, &ticket))
        return;
    staff_note(ledger, support, number, &ticket,
               result == RESULT_ticket_closed ? TICKET_NOTE_CLOSED : TICKET_NOTE_COMMANDS,
               SLICE(""));
}

/* The ticket in whose topic it was written, to whose message it is a reply, or that a command
 * names. */
static uint64_t place_of(struct ledger *ledger, const struct support *support,
                         const struct message_cmd_said *said)
{
    uint64_t number = 0;
    struct key key;
    struct record_ticket ticket;
    if (said->chat_id != support->row.chat_id || !slice_equal(said->bot, support->row.bot) ||
        said->text.len == 0)
        return 0;
    number_key(&key, said->thread_id);
    if (said->thread_id != 0 && find(ledger, shape_record_ticket_thread(), &key, &number))
        return number;
    message_key(&key, said->reply_to);
    if (said->reply_to != 0 && find(ledger, shape_record_ticket_message(), &key, &number))
        return number;
    number = named_in(said->text);
    return number != 0 && ticket_load(ledger, number, &ticket) ? number : 0;
}

/* "/close T5" */
static uint64_t named_in(struct slice text)
{
    const char *blank = memchr(text.data, ' ', text.len);
    if (text.data[0] != '/' || blank == NULL || blank[1] != 'T')
        return 0;
    return ticket_number(slice_of(blank + 1, text.len - (size_t)(blank + 1 - text.data)));
}

/* Returns the delivery. */
static uint64_t say(struct ledger *ledger, const struct support *support, uint64_t thread,
                    const struct ticket_note *note)
{
    const struct reply_to to = {
        .bot = support->row.bot, .chat_id = support->row.chat_id, .thread_id = (int64_t)thread};
    const struct message part = part_make(shape_ticket_note(), note);
    return staff_say(ledger, &to, &part, 1);
}

/* On a line of its own in the last piece, or in new ones. */
static void gather(struct ledger *ledger, uint64_t number, struct record_ticket *ticket,
                   struct slice text)
{
    struct key key;
    struct record_ticket_piece piece;
    if (ticket->gathered > 0) {
        piece_key(&key, number, ticket->gathered - 1);
        bool there = row_load(ledger, shape_record_ticket_piece(), &key, &piece);
        size_t len = there ? strlen(piece.text) : PIECE_BYTES;
        if (len + 1 + text.len <= PIECE_BYTES && !ticket->cut) {
            piece.text[len] = '\n';
            memcpy(piece.text + len + 1, text.data, text.len);
            piece.text[len + 1 + text.len] = 0;
            row_store(ledger, shape_record_ticket_piece(), &key, &piece);
            return;
        }
    }
    while (text.len > 0 && ticket->gathered < PIECES_MAX && !ticket->cut) {
        struct slice head = text;
        if (head.len > PIECE_BYTES) {
            head.len = PIECE_BYTES;
            while (head.len > 0 && ((unsigned char)text.data[head.len] & 0xC0) == 0x80)
                head.len--;
        }
        if (!slice_copy(head, piece.text, sizeof piece.text) || head.len == 0)
            break;
        piece_key(&key, number, ticket->gathered++);
        row_store(ledger, shape_record_ticket_piece(), &key, &piece);
        text = slice_of(text.data + head.len, text.len - head.len);
    }
    ticket->cut = ticket->cut || text.len > 0;
}

static void number_key(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u64(key, number);
}

static void piece_key(struct key *key, uint64_t number, uint64_t piece)
{
    number_key(key, number);
    key_u64(key, piece);
}

static void message_key(struct key *key, uint64_t message_id)
{
    key_clear(key);
    key_u8(key, 0);
    key_u64(key, message_id);
}

static void messages_of(struct key *key, uint64_t number)
{
    key_clear(key);
    key_u8(key, 1);
    key_u64(key, number);
}

/* Records that hold nothing but a ticket's number. */
static bool find(struct ledger *ledger, const struct shape *shape, const struct key *key,
                 uint64_t *number)
{
    struct record_ticket_message row;
    _Static_assert(sizeof(struct record_ticket_message) == sizeof(struct record_ticket_thread),
                   "one field, a number");
    bool there = row_load(ledger, shape, key, &row);
    *number = there ? row.ticket : 0;
    return there;
}
