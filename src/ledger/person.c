#include "ledger/person.h"

#include "base/assert.h"
#include "ledger/news.h"

/* The value of TABLE_people: rows in the order of kind and name, each
 *
 *     kind (1 byte), length of name (1), length of bytes (2, big-endian), name, bytes
 */
enum row_kind { ROW_MEMBER = 1, ROW_ENTITLEMENT, ROW_PLACE, ROW_PAYMENTS, ROW_DELIVERIES };
/* Lists beside the core have ids where modules have those of their aspects, which are above 255. */
enum { LIST_PAYMENTS = 1 };
enum { ROW_HEAD = 4, ROW_BYTES_MAX = UINT16_MAX, ID_BYTES = 8 };

struct row {
    size_t at;  /* where it begins, or would */
    size_t len; /* with its head; 0: there is none */
    enum row_kind kind;
    struct slice name;
    struct slice bytes;
};

static bool person_use(struct ledger *ledger, int64_t telegram_id);
static void member_settle(struct ledger *ledger);
static bool rows_valid(struct slice rows);
static bool row_read(struct slice rows, size_t at, struct row *row);
static bool row_find(const struct open_person *person, enum row_kind kind, struct slice name,
                     struct row *row);
static int row_compare(const struct row *row, enum row_kind kind, struct slice name);
static void row_set(struct ledger *ledger, enum row_kind kind, struct slice name,
                    struct slice bytes);
static bool record_load(struct ledger *ledger, int64_t telegram_id, enum row_kind row_kind,
                        struct slice name, const struct shape *shape, void *record);
static void record_store(struct ledger *ledger, int64_t telegram_id, enum row_kind row_kind,
                         struct slice name, const struct shape *shape, const void *record);
static void row_drop(struct ledger *ledger, int64_t telegram_id, enum row_kind kind,
                     struct slice name);
static bool says_nothing(const struct record_place *place);
static struct slice list_of(struct ledger *ledger, int64_t telegram_id, enum row_kind kind);
static uint64_t list_at(struct slice ids, size_t n);
static void list_set(struct ledger *ledger, enum row_kind kind, struct slice head,
                     struct slice tail, const uint64_t *value);
static void payments_key(struct key *key, int64_t telegram_id, uint64_t n);

bool member_load(struct ledger *ledger, int64_t telegram_id, struct record_member *out)
{
    struct open_person *person = &ledger->person;
    if (!person_use(ledger, telegram_id))
        return false;
    if (person->member_state == MEMBER_UNREAD)
        person->member_state = record_load(ledger, telegram_id, ROW_MEMBER, SLICE(""),
                                           shape_record_member(), &person->member)
                                   ? MEMBER_READ
                                   : MEMBER_NONE;
    if (person->member_state == MEMBER_NONE)
        return false;
    *out = person->member;
    if (out->language < LANGUAGE_COUNT)
        return true;
    state_fail(ledger, ERROR_CORRUPT);
    return false;
}

void member_store(struct ledger *ledger, int64_t telegram_id, const struct record_member *member)
{
    struct open_person *person = &ledger->person;
    if (!person_use(ledger, telegram_id))
        return;
    person->member = *member;
    person->member_state = MEMBER_CHANGED;
    person->dirty = true;
}

bool member_next(struct ledger *ledger, int64_t *telegram_id, struct record_member *out)
{
    while (*telegram_id < INT64_MAX) {
        struct key from;
        struct key found;
        struct slice value;
        person_flush(ledger); /* who is at hand may be new */
        key_clear(&from);
        key_i64(&from, *telegram_id + 1);
        if (!state_seek(ledger, TABLE_people, SLICE(""), key_slice(&from), false, &found, &value))
            return false;
        struct slice rest = key_slice(&found);
        if (!key_take_i64(&rest, telegram_id)) {
            state_fail(ledger, ERROR_CORRUPT);
            return false;
        }
        /* Of a stranger only a place is known. */
        if (member_load(ledger, *telegram_id, out) || ledger->error != ERROR_NONE)
            return ledger->error == ERROR_NONE;
    }
    return false;
}

void member_load_or_new(struct ledger *ledger, int64_t telegram_id, struct record_member *out)
{
    if (member_load(ledger, telegram_id, out))
        return;
    memset(out, 0, sizeof *out);
    out->created_ms = ledger->at_ms;
    ledger->meta.members++;
}

bool entitlement_load(struct ledger *ledger, int64_t telegram_id, const char *plan,
                      struct record_entitlement *out)
{
    if (record_load(ledger, telegram_id, ROW_ENTITLEMENT, slice_from(plan),
                    shape_record_entitlement(), out))
        return true;
    memset(out, 0, sizeof *out);
    return false;
}

void entitlement_store(struct ledger *ledger, int64_t telegram_id, const char *plan,
                       const struct record_entitlement *entitlement)
{
    record_store(ledger, telegram_id, ROW_ENTITLEMENT, slice_from(plan), shape_record_entitlement(),
                 entitlement);
}

bool entitlement_next(struct ledger *ledger, int64_t telegram_id, char plan[CATALOG_NAME_MAX + 1],
                      struct record_entitlement *out)
{
    struct row row;
    if (!person_use(ledger, telegram_id))
        return false;
    const struct open_person *person = &ledger->person;
    size_t next =
        row_find(person, ROW_ENTITLEMENT, slice_from(plan), &row) ? row.at + row.len : row.at;
    if (!row_read(buf_slice(&person->rows), next, &row) || row.kind != ROW_ENTITLEMENT)
        return false;
    enum error error = record_decode(shape_record_entitlement(), row.bytes, out);
    if (error == ERROR_NONE && !slice_copy(row.name, plan, CATALOG_NAME_MAX + 1))
        error = ERROR_CORRUPT;
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

void place_load(struct ledger *ledger, const char *group, int64_t telegram_id,
                struct record_place *out)
{
    if (!record_load(ledger, telegram_id, ROW_PLACE, slice_from(group), shape_record_place(), out))
        memset(out, 0, sizeof *out);
}

void place_store(struct ledger *ledger, const char *group, int64_t telegram_id,
                 const struct record_place *place)
{
    if (says_nothing(place))
        row_drop(ledger, telegram_id, ROW_PLACE, slice_from(group));
    else
        record_store(ledger, telegram_id, ROW_PLACE, slice_from(group), shape_record_place(),
                     place);
}

size_t person_delivery_count(struct ledger *ledger, int64_t telegram_id)
{
    return list_of(ledger, telegram_id, ROW_DELIVERIES).len / ID_BYTES;
}

uint64_t person_delivery_at(struct ledger *ledger, int64_t telegram_id, size_t n)
{
    return list_at(list_of(ledger, telegram_id, ROW_DELIVERIES), n);
}

void person_delivery_add(struct ledger *ledger, int64_t telegram_id, uint64_t id)
{
    struct slice ids = list_of(ledger, telegram_id, ROW_DELIVERIES);
    size_t drop = ids.len / ID_BYTES >= PERSON_DELIVERIES_MAX ? ID_BYTES : 0;
    list_set(ledger, ROW_DELIVERIES, slice_of(ids.data + drop, ids.len - drop), SLICE(""), &id);
}

void person_delivery_remove(struct ledger *ledger, int64_t telegram_id, size_t n)
{
    struct slice ids = list_of(ledger, telegram_id, ROW_DELIVERIES);
    if (ledger->error != ERROR_NONE)
        return;
    size_t at = n * ID_BYTES;
    ASSERT(at < ids.len);
    list_set(ledger, ROW_DELIVERIES, slice_of(ids.data, at),
             slice_of(ids.data + at + ID_BYTES, ids.len - at - ID_BYTES), NULL);
}

/* Every so many of them move out of the core together: a row a payment would be a third more to
 * write. */
void person_payment_add(struct ledger *ledger, int64_t telegram_id, uint64_t n, uint64_t sequence)
{
    struct slice ids = list_of(ledger, telegram_id, ROW_PAYMENTS);
    if (ids.len / ID_BYTES == PERSON_PAYMENTS_TOGETHER) {
        struct key key;
        payments_key(&key, telegram_id, n - 1);
        state_put_bytes(ledger, TABLE_people, &key, ids);
        ids = SLICE("");
    }
    list_set(ledger, ROW_PAYMENTS, ids, SLICE(""), &sequence);
}

uint64_t person_payment_at(struct ledger *ledger, int64_t telegram_id, uint64_t n, uint64_t count)
{
    struct slice ids = list_of(ledger, telegram_id, ROW_PAYMENTS);
    if (n >= count)
        return 0;
    if (n / PERSON_PAYMENTS_TOGETHER != (count - 1) / PERSON_PAYMENTS_TOGETHER) {
        struct key key;
        payments_key(&key, telegram_id, n);
        if (!state_get_bytes(ledger, TABLE_people, &key, &ids))
            return 0;
    }
    return list_at(ids, n % PERSON_PAYMENTS_TOGETHER);
}

bool person_row_next(struct ledger *ledger, int64_t telegram_id, size_t *at,
                     const struct shape **shape, struct slice *name, struct slice *bytes)
{
    static shape_fn *const shapes[] = {[ROW_MEMBER] = shape_record_member,
                                       [ROW_ENTITLEMENT] = shape_record_entitlement,
                                       [ROW_PLACE] = shape_record_place};
    struct row row;
    if (!person_use(ledger, telegram_id))
        return false;
    member_settle(ledger);
    while (row_read(buf_slice(&ledger->person.rows), *at, &row)) {
        *at = row.at + row.len;
        if (row.kind >= sizeof shapes / sizeof *shapes || shapes[row.kind] == NULL)
            continue;
        *shape = shapes[row.kind]();
        *name = row.name;
        *bytes = row.bytes;
        return true;
    }
    return false;
}

void person_flush(struct ledger *ledger)
{
    struct open_person *person = &ledger->person;
    if (!person->loaded || !person->dirty || ledger->error != ERROR_NONE)
        return;
    member_settle(ledger);
    struct key key;
    key_clear(&key);
    key_i64(&key, person->telegram_id);
    if (person->rows.len > 0)
        state_put_bytes(ledger, TABLE_people, &key, buf_slice(&person->rows));
    else
        state_delete(ledger, TABLE_people, &key);
    news_row(ledger, shape_record_member(), key_slice(&key));
    person->dirty = ledger->error != ERROR_NONE;
}

void person_forget(struct ledger *ledger)
{
    ledger->person.loaded = false;
    ledger->person.dirty = false;
    ledger->person.member_state = MEMBER_UNREAD;
}

/* A member that changed gets into the rows once, and not with each change. */
static void member_settle(struct ledger *ledger)
{
    struct open_person *person = &ledger->person;
    if (person->member_state != MEMBER_CHANGED)
        return;
    person->member_state = MEMBER_READ;
    record_store(ledger, person->telegram_id, ROW_MEMBER, SLICE(""), shape_record_member(),
                 &person->member);
}

/* Takes this person at hand; the one before is written if it was changed. False when the store has
 * failed. */
static bool person_use(struct ledger *ledger, int64_t telegram_id)
{
    struct open_person *person = &ledger->person;
    if (ledger->error != ERROR_NONE)
        return false;
    if (person->loaded && person->telegram_id == telegram_id)
        return true;
    person_flush(ledger);
    if (ledger->error != ERROR_NONE)
        return false;
    person_forget(ledger);
    buf_clear(&person->rows);
    struct key key;
    struct slice value;
    key_clear(&key);
    key_i64(&key, telegram_id);
    if (state_get_bytes(ledger, TABLE_people, &key, &value)) {
        buf_append_slice(&person->rows, value);
        if (person->rows.failed)
            state_fail(ledger, ERROR_MEMORY);
        else if (!rows_valid(value))
            state_fail(ledger, ERROR_CORRUPT);
    }
    person->telegram_id = telegram_id;
    person->loaded = ledger->error == ERROR_NONE;
    return person->loaded;
}

/* Whole rows in rising order, and whole ids in the lists. */
static bool rows_valid(struct slice rows)
{
    struct row row;
    struct row before = {.kind = 0};
    size_t at = 0;
    while (row_read(rows, at, &row)) {
        bool list = row.kind == ROW_PAYMENTS || row.kind == ROW_DELIVERIES;
        if ((at > 0 && row_compare(&before, row.kind, row.name) >= 0) ||
            (list && row.bytes.len % ID_BYTES != 0))
            return false;
        before = row;
        at += row.len;
    }
    return at == rows.len;
}

/* False at the end, and for what is no whole row. */
static bool row_read(struct slice rows, size_t at, struct row *row)
{
    if (rows.len - at < ROW_HEAD)
        return false;
    const uint8_t *head = (const uint8_t *)rows.data + at;
    size_t name_len = head[1];
    size_t bytes_len = (size_t)head[2] << 8 | head[3];
    size_t len = ROW_HEAD + name_len + bytes_len;
    if (rows.len - at < len)
        return false;
    *row = (struct row){.at = at,
                        .len = len,
                        .kind = (enum row_kind)head[0],
                        .name = slice_of(head + ROW_HEAD, name_len),
                        .bytes = slice_of(head + ROW_HEAD + name_len, bytes_len)};
    return true;
}

/* False, with the place where it belongs, when there is none. */
static bool row_find(const struct open_person *person, enum row_kind kind, struct slice name,
                     struct row *row)
{
    struct slice rows = buf_slice(&person->rows);
    size_t at = 0;
    while (row_read(rows, at, row)) {
        int order = row_compare(row, kind, name);
        if (order == 0)
            return true;
        if (order > 0)
            break;
        at += row->len;
    }
    *row = (struct row){.at = at};
    return false;
}

static int row_compare(const struct row *row, enum row_kind kind, struct slice name)
{
    if (row->kind != kind)
        return row->kind < kind ? -1 : 1;
    size_t shared = row->name.len < name.len ? row->name.len : name.len;
    int order = shared == 0 ? 0 : memcmp(row->name.data, name.data, shared);
    return order != 0 ? order : (row->name.len > name.len) - (row->name.len < name.len);
}

/* bytes may not lie in the rows themselves. */
static void row_set(struct ledger *ledger, enum row_kind kind, struct slice name,
                    struct slice bytes)
{
    struct open_person *person = &ledger->person;
    struct buf *rows = &person->rows;
    struct row row;
    ASSERT(name.len <= UINT8_MAX && bytes.len <= ROW_BYTES_MAX);
    (void)row_find(person, kind, name, &row);
    size_t len = ROW_HEAD + name.len + bytes.len;
    if (len > row.len && buf_reserve(rows, len - row.len) == NULL) {
        state_fail(ledger, ERROR_MEMORY);
        return;
    }
    char *to = rows->data + row.at;
    memmove(to + len, to + row.len, rows->len - row.at - row.len);
    rows->len = rows->len - row.len + len;
    to[0] = (char)kind;
    to[1] = (char)name.len;
    to[2] = (char)(bytes.len >> 8);
    to[3] = (char)(bytes.len & 0xff);
    if (name.len > 0)
        memcpy(to + ROW_HEAD, name.data, name.len);
    if (bytes.len > 0)
        memcpy(to + ROW_HEAD + name.len, bytes.data, bytes.len);
    person->dirty = true;
}

static bool record_load(struct ledger *ledger, int64_t telegram_id, enum row_kind row_kind,
                        struct slice name, const struct shape *shape, void *record)
{
    struct row row;
    if (!person_use(ledger, telegram_id) || !row_find(&ledger->person, row_kind, name, &row))
        return false;
    enum error error = record_decode(shape, row.bytes, record);
    if (error != ERROR_NONE)
        state_fail(ledger, error);
    return error == ERROR_NONE;
}

static void record_store(struct ledger *ledger, int64_t telegram_id, enum row_kind row_kind,
                         struct slice name, const struct shape *shape, const void *record)
{
    uint8_t bytes[RECORD_BYTES_MAX];
    if (person_use(ledger, telegram_id))
        row_set(ledger, row_kind, name, slice_of(bytes, record_encode(shape, record, bytes)));
}

/* Of who has knocked and not come in nothing is left. */
static void row_drop(struct ledger *ledger, int64_t telegram_id, enum row_kind kind,
                     struct slice name)
{
    struct buf *rows = &ledger->person.rows;
    struct row row;
    if (!person_use(ledger, telegram_id) || !row_find(&ledger->person, kind, name, &row))
        return;
    memmove(rows->data + row.at, rows->data + row.at + row.len, rows->len - row.at - row.len);
    rows->len -= row.len;
    ledger->person.dirty = true;
}

static bool says_nothing(const struct record_place *place)
{
    static const struct record_place nothing;
    uint8_t bytes[RECORD_BYTES_MAX];
    uint8_t empty[RECORD_BYTES_MAX];
    if (place->status != PLACE_UNKNOWN || place->date_ms != 0)
        return false; /* of most */
    size_t len = record_encode(shape_record_place(), place, bytes);
    return len == record_encode(shape_record_place(), &nothing, empty) &&
           memcmp(bytes, empty, len) == 0;
}

/* The ids as they lie in the rows: until the next change. */
static struct slice list_of(struct ledger *ledger, int64_t telegram_id, enum row_kind kind)
{
    struct row row;
    if (!person_use(ledger, telegram_id) || !row_find(&ledger->person, kind, SLICE(""), &row))
        return SLICE("");
    return row.bytes;
}

/* 0 when there are not so many. */
static uint64_t list_at(struct slice ids, size_t n)
{
    uint64_t id = 0;
    if (n < ids.len / ID_BYTES) {
        struct slice rest = slice_of(ids.data + n * ID_BYTES, ID_BYTES);
        (void)key_take_u64(&rest, &id);
    }
    return id;
}

/* head, tail and then value (unless NULL) become this list of the person at hand. */
static void list_set(struct ledger *ledger, enum row_kind kind, struct slice head,
                     struct slice tail, const uint64_t *value)
{
    char ids[PERSON_DELIVERIES_MAX * ID_BYTES];
    size_t len = head.len + tail.len;
    if (ledger->error != ERROR_NONE)
        return;
    if (len + (value != NULL ? ID_BYTES : 0) > sizeof ids) {
        state_fail(ledger, ERROR_CORRUPT); /* no list grew so long here */
        return;
    }
    if (head.len > 0)
        memcpy(ids, head.data, head.len);
    if (tail.len > 0)
        memcpy(ids + head.len, tail.data, tail.len);
    if (value != NULL) {
        struct key id;
        key_clear(&id);
        key_u64(&id, *value);
        memcpy(ids + len, id.data, ID_BYTES);
        len += ID_BYTES;
    }
    row_set(ledger, kind, SLICE(""), slice_of(ids, len));
}

/* Of the row that the n-th lies in, once it is not among the last. */
static void payments_key(struct key *key, int64_t telegram_id, uint64_t n)
{
    key_clear(key);
    key_i64(key, telegram_id);
    key_u16(key, LIST_PAYMENTS);
    key_u64(key, n / PERSON_PAYMENTS_TOGETHER);
}
