/* Logins: a code for one session, for a minute. Only its hash is known, under which it lies. */
#include "ledger/rows.h"
#include "modules/staff/staff.h"

static bool next(struct ledger *ledger, bool after, struct key *key,
                 struct record_staff_login *out);
static void hash_key(struct key *key, struct slice hash);

unsigned op_staff_login(struct ledger *ledger, const struct staff_login *command)
{
    struct staff_person person;
    struct record_staff_login login = {.staff_id = command->telegram_id,
                                       .until = ledger->at_ms + STAFF_LOGIN_MS};
    char hash[ACCESS_HASH_TEXT + 1];
    struct record_staff_login other;
    struct key key;
    size_t count = 0;
    if (command->telegram_id == 0 && !slice_is(ledger->actor, "token"))
        return RESULT_login_whose;
    if (!staff_person(ledger, command->telegram_id, &person))
        return RESULT_staff_unknown;
    if (!staff_minted(command->minted, hash))
        return RESULT_not_minted;
    login_sweep(ledger);
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &other); after = true)
        count++;
    if (count >= STAFF_LOGINS_MAX)
        return RESULT_too_many_logins;
    hash_key(&key, slice_from(hash));
    row_store(ledger, shape_record_staff_login(), &key, &login);
    timer_set(ledger, login.until, (enum timer_kind)MODULE_staff, 0, "");
    access_list_changed(ledger);
    return RESULT_ok;
}

void answer_staff_login(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    const struct staff_login *asked = command;
    struct staff_person person;
    struct record_staff_login login;
    char hash[ACCESS_HASH_TEXT + 1];
    struct key key;
    (void)subject;
    if (!staff_person(ledger, asked->telegram_id, &person) || !staff_minted(asked->minted, hash))
        return;
    staff_person_json(&person, out);
    hash_key(&key, slice_from(hash));
    if (row_load(ledger, shape_record_staff_login(), &key, &login))
        json_add_time(out, "until", login.until);
}

/* It is used up by this, whatever comes of it. */
unsigned login_take(struct ledger *ledger, struct slice code, int64_t *staff_id)
{
    struct record_staff_login login;
    struct staff_person person;
    struct key key;
    if (code.len != ACCESS_HASH_TEXT || memchr(code.data, 0, code.len) != NULL)
        return RESULT_login_refused;
    hash_key(&key, code);
    if (!row_load(ledger, shape_record_staff_login(), &key, &login))
        return RESULT_login_refused;
    row_delete(ledger, shape_record_staff_login(), &key);
    access_list_changed(ledger);
    *staff_id = login.staff_id;
    return login.until > ledger->at_ms && staff_person(ledger, login.staff_id, &person)
               ? RESULT_ok
               : RESULT_login_refused;
}

void login_sweep(struct ledger *ledger)
{
    struct record_staff_login login;
    struct staff_person person;
    struct key key;
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &login); after = true) {
        if (login.until > ledger->at_ms && staff_person(ledger, login.staff_id, &person))
            continue;
        row_delete(ledger, shape_record_staff_login(), &key);
        access_list_changed(ledger);
    }
}

void login_admit(struct ledger *ledger, struct buf *rows)
{
    struct record_staff_login login;
    struct key key;
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &login); after = true) {
        struct slice rest = key_slice(&key);
        struct slice hash;
        char text[ACCESS_HASH_TEXT + 1];
        struct message_access_row row = {
            .kind = ACCESS_LOGIN, .who = WHO_STRANGER, .until_ms = login.until};
        if (key_take_text(&rest, &hash) && slice_copy(hash, text, sizeof text))
            staff_admit(rows, &row, text);
    }
}

static bool next(struct ledger *ledger, bool after, struct key *key, struct record_staff_login *out)
{
    return row_next(ledger, shape_record_staff_login(), SLICE(""), after, key, out);
}

static void hash_key(struct key *key, struct slice hash)
{
    key_clear(key);
    key_text(key, hash);
}
