/* Sessions of the console. One timer each stands at the time when it would be over; it may be
 * early. */
#include "base/encoding.h"
#include "ledger/news.h"
#include "ledger/rows.h"
#include "modules/staff/staff.h"

static bool next(struct ledger *ledger, uint64_t *id, struct record_staff_session *out);
static bool find(struct ledger *ledger, struct slice hash, uint64_t *id,
                 struct record_staff_session *out);
static void make_room(struct ledger *ledger, int64_t staff_id);
static void end(struct ledger *ledger, uint64_t id, const struct record_staff_session *session,
                enum session_why why);
static uint64_t over_ms(const struct record_staff_session *session);
static void session_key(struct key *key, uint64_t id);

unsigned op_session_begin(struct ledger *ledger, const struct session_begin *command)
{
    struct record_staff_session session = {.began = ledger->at_ms, .seen = ledger->at_ms};
    struct staff_person person;
    struct key key;
    if (!staff_minted(command->minted, session.hash))
        return RESULT_not_minted;
    unsigned result = login_take(ledger, command->code, &session.staff_id);
    if (result != RESULT_ok || !staff_person(ledger, session.staff_id, &person))
        return RESULT_login_refused;
    make_room(ledger, session.staff_id);
    uint64_t id = row_number(ledger, shape_record_staff_session());
    session_key(&key, id);
    row_store(ledger, shape_record_staff_session(), &key, &session);
    timer_set(ledger, over_ms(&session), (enum timer_kind)MODULE_staff, (int64_t)id, "");
    access_list_changed(ledger);
    ledger->subject = id;
    const struct fact_session_began told = {.staff_id = (uint64_t)session.staff_id,
                                            .session_id = id,
                                            .name = slice_from(person.name),
                                            .role = person.role};
    fact_tell(ledger, shape_fact_session_began(), &told);
    return RESULT_ok;
}

void answer_session_begin(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    struct record_staff_session session;
    struct staff_person person;
    struct key key;
    (void)command;
    session_key(&key, subject);
    if (!row_load(ledger, shape_record_staff_session(), &key, &session) ||
        !staff_person(ledger, session.staff_id, &person))
        return;
    uint8_t hash[ACCESS_HASH_BYTES];
    char token[ACCESS_HASH_TEXT + 1];
    size_t len;
    staff_person_json(&person, out);
    json_add_time(out, "until", over_ms(&session));
    if (!hex_decode(slice_from(session.hash), hash, sizeof hash, &len))
        return;
    access_page_token(hash, token);
    cJSON_AddStringToObject(out, "token", token);
}

unsigned op_session_end(struct ledger *ledger, const struct session_end *command)
{
    struct record_staff_session session;
    if (!find(ledger, command->session, &ledger->subject, &session))
        return RESULT_no_session;
    end(ledger, ledger->subject, &session, SESSION_LEFT);
    return RESULT_ok;
}

void answer_session_end(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    (void)ledger;
    (void)command;
    cJSON_AddNumberToObject(out, "session_id", (double)subject);
    cJSON_AddStringToObject(out, "state", "ended");
}

unsigned op_staff_revoke(struct ledger *ledger, const struct staff_revoke *command)
{
    struct record_staff_session session;
    struct key key;
    session_key(&key, command->session_id);
    ledger->subject = command->session_id;
    if (!row_load(ledger, shape_record_staff_session(), &key, &session))
        return RESULT_session_unknown;
    end(ledger, command->session_id, &session, SESSION_REVOKED);
    return RESULT_ok;
}

void answer_staff_revoke(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out)
{
    answer_session_end(ledger, subject, command, out);
}

unsigned op_session_seen(struct ledger *ledger, const struct session_seen *command)
{
    struct record_staff_session session;
    struct key key;
    uint64_t id;
    if (!find(ledger, command->session, &id, &session))
        return RESULT_no_session;
    if (over_ms(&session) <= ledger->at_ms) {
        end(ledger, id, &session, SESSION_OVER);
        return RESULT_no_session;
    }
    session.seen = ledger->at_ms;
    session_key(&key, id);
    row_store(ledger, shape_record_staff_session(), &key, &session);
    access_list_changed(ledger);
    return RESULT_ok;
}

bool ask_staff_sessions(struct ledger *ledger, const struct staff_sessions *ask, cJSON *out)
{
    struct record_staff_session session;
    cJSON *list = cJSON_AddArrayToObject(out, "sessions");
    (void)ask;
    for (uint64_t id = 0; next(ledger, &id, &session);) {
        struct staff_person person;
        cJSON *item = json_add_item(list);
        cJSON_AddNumberToObject(item, "session_id", (double)id);
        if (staff_person(ledger, session.staff_id, &person))
            staff_person_json(&person, item);
        json_add_time(item, "began", session.began);
        json_add_time(item, "seen", session.seen);
        json_add_time(item, "until", over_ms(&session));
    }
    return true;
}

void session_admit(struct ledger *ledger, struct buf *rows)
{
    struct record_staff_session session;
    for (uint64_t id = 0; next(ledger, &id, &session);) {
        struct staff_person person;
        if (!staff_person(ledger, session.staff_id, &person))
            continue;
        struct message_access_row row = {.kind = ACCESS_SESSION,
                                         .who = 1u << person.role,
                                         .id = id,
                                         .telegram_id = person.telegram_id,
                                         .name = slice_from(person.name),
                                         .seen_ms = session.seen,
                                         .until_ms = over_ms(&session)};
        staff_admit(rows, &row, session.hash);
    }
}

void session_sweep(struct ledger *ledger)
{
    struct record_staff_session session;
    struct staff_person person;
    for (uint64_t id = 0; next(ledger, &id, &session);)
        if (!staff_person(ledger, session.staff_id, &person))
            end(ledger, id, &session, SESSION_GONE);
}

void session_due(struct ledger *ledger, uint64_t id)
{
    struct record_staff_session session;
    struct key key;
    session_key(&key, id);
    if (!row_load(ledger, shape_record_staff_session(), &key, &session))
        return;
    if (over_ms(&session) <= ledger->at_ms)
        end(ledger, id, &session, SESSION_OVER);
    else
        timer_set(ledger, over_ms(&session), (enum timer_kind)MODULE_staff, (int64_t)id, "");
}

/* For one more of this person's: the one that was silent longest ends, of theirs or of all. */
static void make_room(struct ledger *ledger, int64_t staff_id)
{
    struct record_staff_session session, oldest[2];
    uint64_t oldest_id[2] = {0, 0};
    size_t count[2] = {0, 0};
    for (uint64_t id = 0; next(ledger, &id, &session);) {
        for (size_t all = session.staff_id == staff_id ? 0 : 1; all < 2; all++) {
            count[all]++;
            if (oldest_id[all] == 0 || session.seen < oldest[all].seen) {
                oldest_id[all] = id;
                oldest[all] = session;
            }
        }
    }
    if (count[0] >= STAFF_SESSIONS_EACH_MAX)
        end(ledger, oldest_id[0], &oldest[0], SESSION_CROWDED);
    else if (count[1] >= STAFF_SESSIONS_MAX)
        end(ledger, oldest_id[1], &oldest[1], SESSION_CROWDED);
}

static void end(struct ledger *ledger, uint64_t id, const struct record_staff_session *session,
                enum session_why why)
{
    struct key key;
    session_key(&key, id);
    row_delete(ledger, shape_record_staff_session(), &key);
    access_list_changed(ledger);
    const struct fact_session_ended told = {
        .staff_id = (uint64_t)session->staff_id, .session_id = id, .why = (uint64_t)why};
    fact_tell(ledger, shape_fact_session_ended(), &told);
}

static bool find(struct ledger *ledger, struct slice hash, uint64_t *id,
                 struct record_staff_session *out)
{
    char text[ACCESS_HASH_TEXT + 1];
    *id = 0;
    if (!staff_minted(hash, text))
        return false;
    while (next(ledger, id, out))
        if (strcmp(out->hash, text) == 0)
            return true;
    return false;
}

/* The one behind *id, which becomes its number. */
static bool next(struct ledger *ledger, uint64_t *id, struct record_staff_session *out)
{
    struct key key;
    session_key(&key, *id);
    if (!row_next(ledger, shape_record_staff_session(), SLICE(""), true, &key, out))
        return false;
    struct slice rest = key_slice(&key);
    return key_take_u64(&rest, id);
}

static uint64_t over_ms(const struct record_staff_session *session)
{
    uint64_t idle = session->seen + STAFF_IDLE_MS;
    uint64_t whole = session->began + STAFF_SESSION_MS;
    return idle < whole ? idle : whole;
}

static void session_key(struct key *key, uint64_t id)
{
    key_clear(key);
    key_u64(key, id);
}
