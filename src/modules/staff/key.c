/* API keys: for a machine, with a role, what of it the key may, and how often a minute. */
#include "ledger/news.h"
#include "ledger/rows.h"
#include "modules/staff/staff.h"
#include "wire/shape_json.h"

static bool next(struct ledger *ledger, bool after, struct key *key, struct record_staff_key *out);
static bool scopes_good(struct slice scopes);
static void name_key(struct key *key, struct slice name);
static void to_json(const struct record_staff_key *row, cJSON *out);

unsigned op_staff_key_create(struct ledger *ledger, const struct staff_key_create *command)
{
    struct record_staff_key row = {.role = (uint8_t)command->role,
                                   .per_minute = command->per_minute == 0 ? STAFF_PER_MINUTE
                                                                          : command->per_minute,
                                   .made = ledger->at_ms};
    struct record_staff_key other;
    struct key key;
    size_t count = 0;
    if (!staff_minted(command->minted, row.hash))
        return RESULT_not_minted;
    if (!scopes_good(command->scopes))
        return RESULT_scopes_wrong;
    if (row.per_minute > STAFF_PER_MINUTE_MAX)
        return RESULT_per_minute_wrong;
    name_key(&key, command->name);
    if (row_load(ledger, shape_record_staff_key(), &key, &other))
        return RESULT_key_exists;
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &other); after = true)
        count++;
    if (count >= STAFF_KEYS_MAX)
        return RESULT_too_many_keys;
    (void)slice_copy(command->name, row.name, sizeof row.name);
    (void)slice_copy(command->scopes, row.scopes, sizeof row.scopes);
    (void)slice_copy(ledger->actor, row.made_by, sizeof row.made_by);
    name_key(&key, command->name);
    row_store(ledger, shape_record_staff_key(), &key, &row);
    access_list_changed(ledger);
    const struct fact_staff_key_made told = {
        .name = slice_from(row.name), .role = row.role, .made_by = slice_from(row.made_by)};
    fact_tell(ledger, shape_fact_staff_key_made(), &told);
    return RESULT_ok;
}

void answer_staff_key_create(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out)
{
    const struct staff_key_create *asked = command;
    struct record_staff_key row;
    struct key key;
    (void)subject;
    name_key(&key, asked->name);
    if (row_load(ledger, shape_record_staff_key(), &key, &row))
        to_json(&row, out);
}

unsigned op_staff_key_delete(struct ledger *ledger, const struct staff_key_delete *command)
{
    struct record_staff_key row;
    struct key key;
    name_key(&key, command->name);
    if (!row_load(ledger, shape_record_staff_key(), &key, &row))
        return RESULT_key_unknown;
    row_delete(ledger, shape_record_staff_key(), &key);
    access_list_changed(ledger);
    const struct fact_staff_key_gone told = {.name = slice_from(row.name)};
    fact_tell(ledger, shape_fact_staff_key_gone(), &told);
    return RESULT_ok;
}

void answer_staff_key_delete(struct ledger *ledger, uint64_t subject, const void *command,
                             cJSON *out)
{
    const struct staff_key_delete *asked = command;
    (void)ledger;
    (void)subject;
    json_add_text(out, "name", asked->name);
    cJSON_AddStringToObject(out, "state", "ended");
}

bool ask_staff_keys(struct ledger *ledger, const struct staff_keys *ask, cJSON *out)
{
    struct record_staff_key row;
    struct key key;
    cJSON *list = cJSON_AddArrayToObject(out, "keys");
    (void)ask;
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &row); after = true)
        to_json(&row, json_add_item(list));
    return true;
}

void key_admit(struct ledger *ledger, struct buf *rows)
{
    struct record_staff_key row;
    struct key key;
    key_clear(&key);
    for (bool after = false; next(ledger, after, &key, &row); after = true) {
        struct message_access_row access = {.kind = ACCESS_KEY,
                                            .who = 1u << row.role,
                                            .name = slice_from(row.name),
                                            .scopes = slice_from(row.scopes),
                                            .per_minute = row.per_minute};
        staff_admit(rows, &access, row.hash);
    }
}

static bool next(struct ledger *ledger, bool after, struct key *key, struct record_staff_key *out)
{
    return row_next(ledger, shape_record_staff_key(), SLICE(""), after, key, out);
}

/* "payments,members:read": words of a-z and '_', each with or without ":read". */
static bool scopes_good(struct slice scopes)
{
    while (scopes.len > 0) {
        static const char read_only[] = ":read";
        const char *comma = memchr(scopes.data, ',', scopes.len);
        size_t len = comma == NULL ? scopes.len : (size_t)(comma - scopes.data);
        size_t word = 0;
        while (word < len &&
               ((scopes.data[word] >= 'a' && scopes.data[word] <= 'z') || scopes.data[word] == '_'))
            word++;
        bool rest = word < len && !slice_is(slice_of(scopes.data + word, len - word), read_only);
        if (word == 0 || rest)
            return false;
        len += comma != NULL;
        scopes = slice_of(scopes.data + len, scopes.len - len);
    }
    return true;
}

static void name_key(struct key *key, struct slice name)
{
    key_clear(key);
    key_text(key, name);
}

static void to_json(const struct record_staff_key *row, cJSON *out)
{
    shape_to_json(shape_record_staff_key(), row, out);
}
