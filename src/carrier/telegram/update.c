#include "carrier/telegram/update.h"

#include "base/json.h"
#include "base/clean.h"
#include "carrier/telegram/scan.h"
#include "wire/wire.h"

#include <strings.h>

enum {
    LINK_SIZE = 257, /* sizes of FIELDS_cmd_*, with the NUL */
    NAME_SIZE = 257,
    LANGUAGE_SIZE = 36,
    TEXT_SIZE = 4097,
    ARG_SIZE = 257,
    CALLBACK_SIZE = 65,
    PAYLOAD_SIZE = 129,
    CURRENCY_SIZE = 9,
    CHARGE_SIZE = 256
};

/* Storage for what a command's slices point to. */
struct draft {
    struct message message;
    uint64_t update_id;
    struct slice bot;
    const struct update_reader *reader;
    char name[NAME_SIZE];
    char language[LANGUAGE_SIZE];
    char text[TEXT_SIZE];
    char arg[ARG_SIZE];
    char link[LINK_SIZE];
    bool free; /* text that is no word */
};

struct person {
    int64_t id;
    bool is_bot;
};

typedef enum update_verdict translate_fn(const cJSON *item, struct draft *draft);

static translate_fn translate_message, translate_callback, translate_join_request,
    translate_chat_member, translate_my_chat_member, translate_pre_checkout;

static const struct update_kind {
    const char *name;
    translate_fn *translate;
} kinds[] = {
    {"message", translate_message},
    {"callback_query", translate_callback},
    {"chat_join_request", translate_join_request},
    {"chat_member", translate_chat_member},
    {"my_chat_member", translate_my_chat_member},
    {"pre_checkout_query", translate_pre_checkout},
};
enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static enum update_verdict translate_migration(int64_t chat_id, const cJSON *migrate,
                                               struct draft *draft);
static enum update_verdict translate_stars(const cJSON *message, const cJSON *payment,
                                           enum payment_kind kind, struct draft *draft);
static bool read_stars(const cJSON *payment, struct draft *draft, int64_t *amount);
static bool overhears(const struct update_reader *reader, int64_t chat_id);
static bool is_for_another(struct slice text, struct slice username);
static void put_word(struct draft *draft, const struct word *word);
static uint64_t read_rights(const cJSON *member);
static bool read_person(const cJSON *user, struct person *out);
static void read_name(const cJSON *user, struct draft *draft);
static bool read_date(const cJSON *date, uint64_t *ms);
static uint64_t read_id(const cJSON *id);
static bool read_link(const cJSON *link, struct draft *draft);
static bool read_status(const cJSON *member, enum member_status *out, bool *known);
static bool update_id_find(struct slice update, uint64_t *id);

void updates_allowed(struct buf *out)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        buf_printf(out, "%s\"%s\"", i == 0 ? "[" : ",", kinds[i].name);
    buf_append_text(out, "]");
}

void me_username(struct slice body, char out[USERNAME_SIZE])
{
    cJSON *root;
    out[0] = 0;
    if (json_parse(body, UPDATE_BYTES_MAX, UPDATE_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return;
    struct slice name = json_string(json_pointer(root, "/result/username"));
    if (!slice_is_text(name) || !slice_copy(name, out, USERNAME_SIZE))
        out[0] = 0;
    json_free(&root);
}

enum update_verdict update_translate(const struct update_reader *reader, struct slice update,
                                     struct buf *out, const char **kind)
{
    *kind = "bad";
    cJSON *root;
    enum error error = json_parse(update, UPDATE_BYTES_MAX, UPDATE_DEPTH_MAX, &root, NULL);
    if (error != ERROR_NONE)
        return error == ERROR_MEMORY ? UPDATE_BUSY : UPDATE_BAD;

    enum update_verdict verdict = UPDATE_BAD;
    struct draft draft = {.bot = slice_from(reader->bot), .reader = reader};
    int64_t id;
    if (!json_i64(json_member(root, "update_id"), &id) || id <= 0)
        goto done;
    draft.update_id = (uint64_t)id;
    *kind = "other";
    verdict = UPDATE_UNUSED;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const cJSON *item = json_member(root, kinds[i].name);
        if (item == NULL)
            continue;
        *kind = kinds[i].name;
        verdict = kinds[i].translate(item, &draft);
        break;
    }
    if (verdict == UPDATE_COMMAND) {
        const char *field;
        if (message_fits(&draft.message, &field))
            wire_encode(out, &draft.message);
        else
            verdict = UPDATE_BAD;
        if (verdict == UPDATE_COMMAND && draft.free)
            verdict = UPDATE_TEXT;
    }
done:
    json_free(&root);
    return verdict;
}

enum error updates_split(struct slice body, struct slice *updates, uint64_t *ids, size_t max,
                         size_t *count)
{
    *count = 0;
    if (body.len > UPDATES_BYTES_MAX)
        return ERROR_TOO_LARGE;
    struct scan members;
    struct slice name, value, result = {0};
    bool ok = false;
    if (!scan_open(&members, body) || members.close != '}')
        return ERROR_INVALID;
    while (scan_next(&members, &name, &value)) {
        if (slice_is(name, "ok"))
            ok = slice_is(value, "true");
        else if (slice_is(name, "result"))
            result = value;
    }
    struct scan items;
    if (members.bad || !ok || !scan_open(&items, result) || items.close != ']')
        return ERROR_INVALID;

    size_t found = 0;
    while (scan_next(&items, NULL, &value)) {
        uint64_t id;
        if (!update_id_find(value, &id))
            return ERROR_INVALID;
        if (found == max)
            continue;
        updates[found] = value;
        ids[found++] = id;
    }
    if (items.bad)
        return ERROR_INVALID;
    *count = found;
    return ERROR_NONE;
}

static enum update_verdict translate_message(const cJSON *message, struct draft *draft)
{
    const cJSON *chat = json_member(message, "chat");
    struct slice type = json_string(json_member(chat, "type"));
    int64_t chat_id;
    if (!json_i64(json_member(chat, "id"), &chat_id) || type.data == NULL)
        return UPDATE_BAD;

    const cJSON *migrate = json_member(message, "migrate_to_chat_id");
    if (migrate != NULL)
        return translate_migration(chat_id, migrate, draft);
    const cJSON *paid = json_member(message, "successful_payment");
    const cJSON *refunded = json_member(message, "refunded_payment");
    if (paid != NULL || refunded != NULL)
        return translate_stars(message, paid != NULL ? paid : refunded,
                               paid != NULL ? PAYMENT_PAID : PAYMENT_REFUNDED, draft);

    const cJSON *from = json_member(message, "from");
    struct slice text = json_string(json_member(message, "text"));
    struct word word;
    struct person person;
    uint64_t date_ms;
    bool group = !slice_is(type, "private");
    if (text.data == NULL)
        text = json_string(json_member(message, "caption"));
    clean_lines(draft->text, sizeof draft->text, text);
    bool ours = group && overhears(draft->reader, chat_id);
    bool found = !ours && draft->reader->words->say(slice_from(draft->text), group, &word);
    if (ours && draft->text[0] == 0)
        return UPDATE_UNUSED;
    if (group && !ours &&
        (!found || is_for_another(slice_from(draft->text), draft->reader->username)))
        return UPDATE_UNUSED;
    if (!read_person(from, &person) || !read_date(json_member(message, "date"), &date_ms))
        return UPDATE_BAD;
    if (person.is_bot)
        return UPDATE_UNUSED;
    read_name(from, draft);
    draft->message = (struct message){.kind = MESSAGE_cmd_said};
    draft->message.cmd_said = (struct message_cmd_said){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .chat_id = group ? chat_id : person.id,
        .telegram_id = person.id,
        .name = slice_from(draft->name),
        .language = slice_from(draft->language),
        .message_id = read_id(json_member(message, "message_id")),
        .thread_id = group ? read_id(json_member(message, "message_thread_id")) : 0,
        .origin = group ? SAID_GROUP : SAID_PRIVATE,
        .text = slice_from(draft->text),
        .date_ms = date_ms,
        .seed = draft->reader->seed,
        .reply_to = group ? read_id(json_pointer(message, "/reply_to_message/message_id")) : 0,
    };
    if (found)
        put_word(draft, &word);
    draft->free = !found && draft->text[0] != 0;
    return UPDATE_COMMAND;
}

static bool overhears(const struct update_reader *reader, int64_t chat_id)
{
    return reader->overhears != NULL && reader->overhears(reader->context, reader->bot, chat_id);
}

/* "/help@other_bot": in a group with several bots. */
static bool is_for_another(struct slice text, struct slice username)
{
    size_t end = strcspn(text.data, " \n\t");
    const char *at = memchr(text.data, '@', end);
    if (text.data[0] != '/' || at == NULL || username.len == 0)
        return false;
    size_t len = end - (size_t)(at + 1 - text.data);
    return len != username.len || strncasecmp(at + 1, username.data, len) != 0;
}

/* A group that became a supergroup. */
static enum update_verdict translate_migration(int64_t chat_id, const cJSON *migrate,
                                               struct draft *draft)
{
    int64_t new_chat_id;
    if (!json_i64(migrate, &new_chat_id) || chat_id >= 0 || new_chat_id >= 0)
        return UPDATE_BAD;
    draft->message = (struct message){.kind = MESSAGE_cmd_migrate};
    draft->message.cmd_migrate = (struct message_cmd_migrate){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .chat_id = chat_id,
        .new_chat_id = new_chat_id,
    };
    return UPDATE_COMMAND;
}

/* The press of a button. Its message may be out of reach; then it is as if pressed in private, with
 * no message to edit. A button that no module knows is for the ledger to answer, too. */
static enum update_verdict translate_callback(const cJSON *query, struct draft *draft)
{
    const cJSON *from = json_member(query, "from");
    const cJSON *message = json_member(query, "message");
    struct slice data = json_string(json_member(query, "data"));
    struct slice id = json_string(json_member(query, "id"));
    struct person person;
    struct word word;
    int64_t chat_id;
    if (!read_person(from, &person) || id.len == 0 || !slice_is_text(id) ||
        !slice_copy(id, draft->link, CALLBACK_SIZE))
        return UPDATE_BAD;
    if (person.is_bot)
        return UPDATE_UNUSED;
    if (!json_i64(json_pointer(message, "/chat/id"), &chat_id))
        chat_id = person.id;
    read_name(from, draft);
    draft->message = (struct message){.kind = MESSAGE_cmd_said};
    draft->message.cmd_said = (struct message_cmd_said){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .chat_id = chat_id,
        .telegram_id = person.id,
        .name = slice_from(draft->name),
        .language = slice_from(draft->language),
        .message_id = read_id(json_member(message, "message_id")),
        .thread_id = read_id(json_member(message, "message_thread_id")),
        .callback = slice_from(draft->link),
        .origin = SAID_BUTTON,
        .seed = draft->reader->seed,
    };
    if (draft->reader->words->press(data, &word))
        put_word(draft, &word);
    return UPDATE_COMMAND;
}

static void put_word(struct draft *draft, const struct word *word)
{
    clean_copy(draft->arg, sizeof draft->arg, word->arg);
    draft->message.cmd_said.module = word->module;
    draft->message.cmd_said.verb = slice_from(word->verb);
    draft->message.cmd_said.arg = slice_from(draft->arg);
}

/* Somebody waits for it, ten seconds at most. What is asked in another currency than Stars is
 * answered, too: with a refusal. */
static enum update_verdict translate_pre_checkout(const cJSON *query, struct draft *draft)
{
    const cJSON *from = json_member(query, "from");
    struct slice id = json_string(json_member(query, "id"));
    struct slice currency = json_string(json_member(query, "currency"));
    struct slice payload = json_string(json_member(query, "invoice_payload"));
    struct person person;
    int64_t amount;
    if (!read_person(from, &person) || id.len == 0 || !slice_is_text(id) ||
        !slice_copy(id, draft->link, CALLBACK_SIZE) ||
        !json_i64(json_member(query, "total_amount"), &amount))
        return UPDATE_BAD;
    read_name(from, draft);
    clean_copy(draft->arg, PAYLOAD_SIZE, payload);
    clean_copy(draft->text, CURRENCY_SIZE, currency);
    draft->message = (struct message){.kind = MESSAGE_cmd_pre_checkout};
    draft->message.cmd_pre_checkout = (struct message_cmd_pre_checkout){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .query = slice_from(draft->link),
        .telegram_id = person.id,
        .language = slice_from(draft->language),
        .order_id = slice_from(draft->arg),
        .amount = amount,
        .currency = slice_from(draft->text),
    };
    return UPDATE_COMMAND;
}

/* Stars that were paid, or given back: told where the invoice is. Of whom, says a private chat
 * itself, whoever is said to have written there. */
static enum update_verdict translate_stars(const cJSON *message, const cJSON *payment,
                                           enum payment_kind kind, struct draft *draft)
{
    struct person person = {0};
    bool recurring = false, first = false;
    int64_t amount, chat_id;
    uint64_t date_ms, until_ms;
    if (!slice_is(json_string(json_member(payment, "currency")), "XTR"))
        return UPDATE_UNUSED;
    (void)read_person(json_member(message, "from"), &person);
    if (json_i64(json_pointer(message, "/chat/id"), &chat_id) && chat_id > 0)
        person.id = chat_id;
    if (person.id <= 0 || !read_stars(payment, draft, &amount) ||
        !read_date(json_member(message, "date"), &date_ms))
        return UPDATE_BAD;
    (void)json_bool(json_member(payment, "is_recurring"), &recurring);
    (void)json_bool(json_member(payment, "is_first_recurring"), &first);
    if (!read_date(json_member(payment, "subscription_expiration_date"), &until_ms))
        until_ms = 0;
    draft->message = (struct message){.kind = MESSAGE_cmd_star_payment};
    draft->message.cmd_star_payment = (struct message_cmd_star_payment){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .kind = (uint64_t)kind,
        .telegram_id = person.id,
        .charge_id = slice_from(draft->link),
        .order_id = slice_from(draft->arg),
        .amount = amount,
        .occurred_ms = date_ms,
        .recurring = first       ? STAR_FIRST
                     : recurring ? STAR_LATER
                                 : STAR_ONCE,
        .until_ms = until_ms,
    };
    return UPDATE_COMMAND;
}

/* The charge's id into draft->link, the payload into draft->arg. */
static bool read_stars(const cJSON *payment, struct draft *draft, int64_t *amount)
{
    struct slice charge = json_string(json_member(payment, "telegram_payment_charge_id"));
    clean_copy(draft->arg, PAYLOAD_SIZE, json_string(json_member(payment, "invoice_payload")));
    return charge.len > 0 && slice_is_text(charge) &&
           slice_copy(charge, draft->link, CHARGE_SIZE) &&
           json_i64(json_member(payment, "total_amount"), amount) && *amount >= 0;
}

static enum update_verdict translate_join_request(const cJSON *request, struct draft *draft)
{
    const cJSON *from = json_member(request, "from");
    struct person person;
    int64_t chat_id;
    uint64_t date_ms;
    if (!json_i64(json_pointer(request, "/chat/id"), &chat_id) || chat_id == 0 ||
        !read_person(from, &person) || !read_date(json_member(request, "date"), &date_ms) ||
        !read_link(json_member(request, "invite_link"), draft))
        return UPDATE_BAD;
    read_name(from, draft);
    draft->message = (struct message){.kind = MESSAGE_cmd_join_request};
    draft->message.cmd_join_request = (struct message_cmd_join_request){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .chat_id = chat_id,
        .telegram_id = person.id,
        .name = slice_from(draft->name),
        .language = slice_from(draft->language),
        .link = slice_from(draft->link),
        .date_ms = date_ms,
    };
    return UPDATE_COMMAND;
}

static enum update_verdict translate_chat_member(const cJSON *change, struct draft *draft)
{
    const cJSON *member = json_member(change, "new_chat_member");
    struct person person;
    enum member_status status;
    bool known;
    int64_t chat_id;
    uint64_t date_ms;
    if (!json_i64(json_pointer(change, "/chat/id"), &chat_id) || chat_id == 0 ||
        !read_person(json_member(member, "user"), &person) ||
        !read_status(member, &status, &known) ||
        !read_date(json_member(change, "date"), &date_ms) ||
        !read_link(json_member(change, "invite_link"), draft))
        return UPDATE_BAD;
    if (!known)
        return UPDATE_UNUSED;
    draft->message = (struct message){.kind = MESSAGE_cmd_membership};
    draft->message.cmd_membership = (struct message_cmd_membership){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .chat_id = chat_id,
        .telegram_id = person.id,
        .status = status,
        .link = slice_from(draft->link),
        .date_ms = date_ms,
    };
    return UPDATE_COMMAND;
}

/* The bot's own standing: in a private chat it says whether the person blocks the bot, elsewhere it
 * is told as its own membership, with what it may do there. */
static enum update_verdict translate_my_chat_member(const cJSON *change, struct draft *draft)
{
    struct slice type = json_string(json_pointer(change, "/chat/type"));
    if (type.data == NULL)
        return UPDATE_BAD;
    if (!slice_is(type, "private")) {
        enum update_verdict verdict = translate_chat_member(change, draft);
        if (verdict == UPDATE_COMMAND) {
            draft->message.cmd_membership.self = 1;
            draft->message.cmd_membership.rights =
                read_rights(json_member(change, "new_chat_member"));
        }
        return verdict;
    }

    struct slice status = json_string(json_pointer(change, "/new_chat_member/status"));
    int64_t chat_id;
    uint64_t date_ms;
    if (!json_i64(json_pointer(change, "/chat/id"), &chat_id) || chat_id <= 0 ||
        status.data == NULL || !read_date(json_member(change, "date"), &date_ms))
        return UPDATE_BAD;
    bool member = slice_is(status, "member");
    if (!member && !slice_is(status, "kicked"))
        return UPDATE_UNUSED;
    draft->message = (struct message){.kind = MESSAGE_cmd_reachable};
    draft->message.cmd_reachable = (struct message_cmd_reachable){
        .bot = draft->bot,
        .update_id = draft->update_id,
        .telegram_id = chat_id,
        .reachable = member,
        .date_ms = date_ms,
    };
    return UPDATE_COMMAND;
}

static uint64_t read_rights(const cJSON *member)
{
    bool invite = false;
    bool restrict_members = false;
    if (slice_is(json_string(json_member(member, "status")), "creator"))
        return BOT_RIGHT_INVITE | BOT_RIGHT_RESTRICT;
    (void)json_bool(json_member(member, "can_invite_users"), &invite);
    (void)json_bool(json_member(member, "can_restrict_members"), &restrict_members);
    return (invite ? BOT_RIGHT_INVITE : 0) | (restrict_members ? BOT_RIGHT_RESTRICT : 0);
}

static bool read_person(const cJSON *user, struct person *out)
{
    return json_i64(json_member(user, "id"), &out->id) && out->id > 0 &&
           json_bool(json_member(user, "is_bot"), &out->is_bot);
}

/* What a person may leave out or fill with anything is cut to fit, never a reason to refuse. */
static void read_name(const cJSON *user, struct draft *draft)
{
    struct slice last = json_string(json_member(user, "last_name"));
    clean_copy(draft->name, sizeof draft->name, json_string(json_member(user, "first_name")));
    if (last.len > 0) {
        clean_append(draft->name, sizeof draft->name, SLICE(" "));
        clean_append(draft->name, sizeof draft->name, last);
    }
    clean_copy(draft->language, sizeof draft->language,
               json_string(json_member(user, "language_code")));
}

static bool read_date(const cJSON *date, uint64_t *ms)
{
    int64_t seconds;
    if (!json_i64(date, &seconds) || seconds < 0 || seconds > INT64_C(1) << 40)
        return false;
    *ms = (uint64_t)seconds * 1000;
    return true;
}

/* Of a message or a thread, 0 when there is none. */
static uint64_t read_id(const cJSON *id)
{
    int64_t number;
    return json_i64(id, &number) && number > 0 ? (uint64_t)number : 0;
}

/* The invite link that was used, "" when the update names none. */
static bool read_link(const cJSON *link, struct draft *draft)
{
    if (link == NULL)
        return true;
    struct slice text = json_string(json_member(link, "invite_link"));
    return text.data != NULL && slice_is_text(text) &&
           slice_copy(text, draft->link, sizeof draft->link);
}

/* known = false for a status that Telegram has added since. */
static bool read_status(const cJSON *member, enum member_status *out, bool *known)
{
    static const struct {
        const char *name;
        enum member_status status;
    } statuses[] = {
        {"creator", MEMBER_ADMIN}, {"administrator", MEMBER_ADMIN}, {"member", MEMBER_IN},
        {"left", MEMBER_LEFT},     {"kicked", MEMBER_KICKED},
    };
    struct slice status = json_string(json_member(member, "status"));
    if (status.data == NULL)
        return false;
    *known = true;
    if (slice_is(status, "restricted")) {
        bool is_member;
        if (!json_bool(json_member(member, "is_member"), &is_member))
            return false;
        *out = is_member ? MEMBER_IN : MEMBER_LEFT;
        return true;
    }
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (slice_is(status, statuses[i].name)) {
            *out = statuses[i].status;
            return true;
        }
    }
    *known = false;
    return true;
}

static bool update_id_find(struct slice update, uint64_t *id)
{
    struct scan members;
    struct slice name, value;
    long long number = 0;
    if (!scan_open(&members, update) || members.close != '}')
        return false;
    while (scan_next(&members, &name, &value)) {
        if (slice_is(name, "update_id") && slice_to_i64(value, &number) && number > 0) {
            *id = (uint64_t)number;
            return true;
        }
    }
    return false;
}
