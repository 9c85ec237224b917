#include "wire/shape_json.h"

#include "base/clock.h"
#include "base/money.h"
#include "wire/str.h"

#include <stdio.h>

static const int64_t telegram_id_max = (int64_t)1 << 52; /* Bot API: "52 significant bits" */
static const uint64_t number_max = (uint64_t)1 << 53;    /* what JSON's numbers hold */

enum { TEXT_BYTES_MAX = 16384 /* on a command line, in an address */ };

typedef bool read_fn(const struct shape *shape, const struct field *field, const cJSON *value,
                     void *object, struct buf *storage);
static read_fn read_number, read_signed, read_text, read_code, read_list, read_member, read_flag,
    read_percent, read_choice, read_amount, read_currency, read_period, read_time, read_duration;

/* How each type is read, and what it wants. */
static const struct {
    read_fn *read;
    const char *wanted;
} types[FIELD_TYPE_COUNT] = {
    [FIELD_U64] = {read_number, "a number that is not negative"},
    [FIELD_I64] = {read_signed, "a number"},
    [FIELD_STR] = {read_text, "text"},
    [FIELD_BIN] = {NULL, "nothing"},
    [FIELD_U8] = {read_number, "a number from 0 to 255"},
    [FIELD_U32] = {read_number, "a number that is not negative"},
    [FIELD_NAME] = {read_text, "a name"},
    [FIELD_CODE] = {read_code, "a code of letters, digits and dashes"},
    [FIELD_TEXT] = {read_text, "text"},
    [FIELD_SECRET] = {read_text, "text"},
    [FIELD_LIST] = {read_list, "a list of names"},
    [FIELD_MEMBER] = {read_member, "a Telegram id, a positive number"},
    [FIELD_ID] = {read_number, "a number"},
    [FIELD_COUNT] = {read_number, "a number that is not negative"},
    [FIELD_FLAG] = {read_flag, "true or false"},
    [FIELD_PERCENT] = {read_percent, "a percentage from 0 to 100"},
    [FIELD_CHOICE] = {read_choice, "one of the known words"},
    [FIELD_AMOUNT] = {read_amount, "a decimal string such as \"29.00\", with a currency beside it"},
    [FIELD_CURRENCY] = {read_currency, "the code of a known currency"},
    [FIELD_PERIOD] = {read_period, "a length of membership such as \"1 month\""},
    [FIELD_TIME] = {read_time, "a time such as \"2027-01-31T12:00:00Z\""},
    [FIELD_DURATION] = {read_duration, "a duration such as \"7 days\""},
};

static enum error read_one(const struct shape *shape, const struct field *field, const cJSON *value,
                           void *object, struct buf *storage, struct why *why);
static bool keep(const struct field *field, void *object, struct slice text, struct buf *storage);
static bool known_elsewhere(const char *skip, const char *name);
static void say_known(const struct shape *shape, const char *skip, struct why *why,
                      const char *name);
static void write_field(const struct shape *shape, const struct field *field, const void *object,
                        cJSON *out);
static void write_number(cJSON *out, const struct field *field, uint64_t number);

enum error shape_from_json(const struct shape *shape, const cJSON *members, const char *skip,
                           void *object, struct buf *storage, struct why *why)
{
    /* An amount needs its currency first. */
    const struct field *currency = shape_field(shape, "currency");
    const cJSON *first = currency == NULL ? NULL : json_member(members, "currency");
    enum error error =
        first == NULL ? ERROR_NONE : read_one(shape, currency, first, object, storage, why);
    for (const cJSON *item = members == NULL ? NULL : members->child;
         item != NULL && error == ERROR_NONE; item = item->next) {
        const struct field *field = shape_field(shape, item->string);
        if (field == NULL || field->type == FIELD_BIN) {
            if (known_elsewhere(skip, item->string))
                continue;
            say_known(shape, skip, why, item->string);
            return ERROR_INVALID;
        }
        if (field != currency)
            error = read_one(shape, field, item, object, storage, why);
    }
    return error;
}

enum error field_from_text(const struct shape *shape, const struct field *field, struct slice text,
                           void *object, struct buf *storage, struct why *why)
{
    long long number;
    bool numeric = field->type == FIELD_U64 || field->type == FIELD_I64 ||
                   field->type == FIELD_ID || field->type == FIELD_COUNT ||
                   field->type == FIELD_MEMBER || field->type == FIELD_U8 ||
                   field->type == FIELD_U32;
    char copy[TEXT_BYTES_MAX + 1];
    cJSON *value = NULL;
    if (numeric && slice_to_i64(text, &number)) {
        snprintf(copy, sizeof copy, "%lld", number); /* +5 and 007 are no JSON */
        (void)json_parse(slice_from(copy), TEXT_BYTES_MAX, 1, &value, NULL);
    } else if (slice_copy(text, copy, sizeof copy)) {
        value = cJSON_CreateString(copy);
    } else {
        return why_set(why, ERROR_INVALID, "%s is too long", field->name);
    }
    if (value == NULL)
        return why_set(why, ERROR_MEMORY, "out of memory");
    enum error error = read_one(shape, field, value, object, storage, why);
    cJSON_Delete(value);
    return error;
}

void shape_to_json(const struct shape *shape, const void *object, cJSON *out)
{
    for (uint32_t i = 0; i < shape->count; i++)
        write_field(shape, &shape->fields[i], object, out);
}

const char *field_wanted(enum field_type type)
{
    return types[type].wanted;
}

size_t shape_storage(const struct shape *shape)
{
    size_t size = 256;
    for (uint32_t i = 0; i < shape->count; i++)
        size += 2 * ((size_t)shape->fields[i].max + 1);
    return size;
}

static enum error read_one(const struct shape *shape, const struct field *field, const cJSON *value,
                           void *object, struct buf *storage, struct why *why)
{
    if (types[field->type].read(shape, field, value, object, storage))
        return ERROR_NONE;
    if (storage->failed)
        return why_set(why, ERROR_MEMORY, "out of memory");
    if (field->type == FIELD_CHOICE) {
        char known[192] = "";
        size_t len = 0;
        for (size_t i = 0; field->names[i] != NULL && len < sizeof known; i++)
            len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", i == 0 ? "" : ", ",
                                    field->names[i]);
        return why_set(why, ERROR_INVALID, "%s must be one of: %s", field->name, known);
    }
    if (field_is_text(field))
        return why_set(why, ERROR_INVALID, "%s must be %s, of at most %u bytes", field->name,
                       types[field->type].wanted, field->max);
    return why_set(why, ERROR_INVALID, "%s must be %s", field->name, types[field->type].wanted);
}

static bool read_number(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    int64_t number;
    uint64_t most = field->store == STORE_U8    ? UINT8_MAX
                    : field->store == STORE_U32 ? UINT32_MAX
                                                : number_max;
    (void)shape;
    (void)storage;
    if (!json_i64(value, &number) || number < 0 || (uint64_t)number > most)
        return false;
    field_set_number(object, field, (uint64_t)number);
    return true;
}

static bool read_signed(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    int64_t number;
    (void)shape;
    (void)storage;
    if (!json_i64(value, &number) || number > (int64_t)number_max || number < -(int64_t)number_max)
        return false;
    field_set_number(object, field, (uint64_t)number);
    return true;
}

static bool read_text(const struct shape *shape, const struct field *field, const cJSON *value,
                      void *object, struct buf *storage)
{
    struct slice text = json_string(value);
    (void)shape;
    return text.data != NULL && str_fits(text) && text.len <= field->max &&
           keep(field, object, text, storage);
}

static bool read_code(const struct shape *shape, const struct field *field, const cJSON *value,
                      void *object, struct buf *storage)
{
    char code[256];
    char digits[24] = "";
    int64_t number;
    struct slice text = json_string(value);
    (void)shape;
    if (json_i64(value, &number)) { /* a code of digits may come as a number */
        (void)snprintf(digits, sizeof digits, "%lld", (long long)number);
        text = slice_from(digits);
    }
    if (text.len == 0 || text.len > field->max || text.len >= sizeof code)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (!((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
        code[i] = c;
    }
    return keep(field, object, slice_of(code, text.len), storage);
}

static bool read_list(const struct shape *shape, const struct field *field, const cJSON *value,
                      void *object, struct buf *storage)
{
    struct buf joined;
    bool good = cJSON_IsArray(value) || cJSON_IsString(value);
    (void)shape;
    if (cJSON_IsString(value)) /* of a command line: a,b,c */
        return read_text(shape, field, value, object, storage);
    buf_init(&joined, field->max + 1);
    for (const cJSON *item = good ? value->child : NULL; item != NULL && good; item = item->next) {
        struct slice text = json_string(item);
        good = text.len > 0 && str_fits(text) && memchr(text.data, ',', text.len) == NULL;
        if (joined.len > 0)
            buf_append_u8(&joined, ',');
        buf_append_slice(&joined, text);
    }
    good = good && !joined.failed && joined.len <= field->max &&
           keep(field, object, buf_slice(&joined), storage);
    buf_deinit(&joined);
    return good;
}

static bool read_member(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    int64_t number;
    (void)shape;
    (void)storage;
    if (!json_i64(value, &number) || number <= 0 || number > telegram_id_max)
        return false;
    field_set_number(object, field, (uint64_t)number);
    return true;
}

static bool read_flag(const struct shape *shape, const struct field *field, const cJSON *value,
                      void *object, struct buf *storage)
{
    bool flag = cJSON_IsTrue(value) || slice_is(json_string(value), "true");
    (void)shape;
    (void)storage;
    if (!flag && !cJSON_IsFalse(value) && !slice_is(json_string(value), "false"))
        return false;
    field_set_number(object, field, flag);
    return true;
}

static bool read_percent(const struct shape *shape, const struct field *field, const cJSON *value,
                         void *object, struct buf *storage)
{
    long long number;
    int64_t given;
    struct slice text = json_string(value);
    (void)shape;
    (void)storage;
    if (text.len > 0 && text.data[text.len - 1] == '%')
        text.len--;
    if (text.data != NULL ? !slice_to_i64(text, &number) : !json_i64(value, &given))
        return false;
    if (text.data == NULL)
        number = given;
    if (number < 0 || number > 100)
        return false;
    field_set_number(object, field, (uint64_t)number);
    return true;
}

static bool read_choice(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    struct slice text = json_string(value);
    (void)shape;
    (void)storage;
    for (size_t i = 0; text.data != NULL && field->names[i] != NULL; i++) {
        if (slice_is(text, field->names[i])) {
            field_set_number(object, field, i);
            return true;
        }
    }
    return false;
}

static bool read_amount(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    const struct field *currency = shape_field(shape, "currency");
    int64_t amount;
    (void)storage;
    const char *code = currency == NULL ? NULL : currency_find(field_slice(object, currency));
    if (code == NULL || !money_parse(json_string(value), code, &amount))
        return false;
    field_set_number(object, field, (uint64_t)amount);
    return true;
}

static bool read_currency(const struct shape *shape, const struct field *field, const cJSON *value,
                          void *object, struct buf *storage)
{
    const char *code = currency_find(json_string(value));
    (void)shape;
    return code != NULL && keep(field, object, slice_from(code), storage);
}

static bool read_period(const struct shape *shape, const struct field *field, const cJSON *value,
                        void *object, struct buf *storage)
{
    struct period period;
    (void)shape;
    (void)storage;
    if (!period_parse(json_string(value), &period))
        return false;
    field_set_number(object, field, period_pack(period));
    return true;
}

static bool read_time(const struct shape *shape, const struct field *field, const cJSON *value,
                      void *object, struct buf *storage)
{
    int64_t ms;
    (void)shape;
    (void)storage;
    if (!clock_parse_utc(json_string(value), &ms) || ms < 0)
        return false;
    field_set_number(object, field, (uint64_t)ms);
    return true;
}

static bool read_duration(const struct shape *shape, const struct field *field, const cJSON *value,
                          void *object, struct buf *storage)
{
    uint64_t ms;
    (void)shape;
    (void)storage;
    if (!duration_parse(json_string(value), &ms) || ms == 0) /* none is left out */
        return false;
    field_set_number(object, field, ms);
    return true;
}

/* A message's text goes into storage, which has room for it and so does not move. */
static bool keep(const struct field *field, void *object, struct slice text, struct buf *storage)
{
    if (field->store == STORE_CHARS)
        return field_set_slice(object, field, text);
    size_t at = storage->len;
    if (text.len > storage->cap - storage->len) {
        storage->failed = true;
        return false;
    }
    buf_append_slice(storage, text);
    return !storage->failed &&
           field_set_slice(object, field, slice_of(storage->data + at, text.len));
}

static bool known_elsewhere(const char *skip, const char *name)
{
    char word[64];
    snprintf(word, sizeof word, " %.60s ", name);
    return skip != NULL && strstr(skip, word) != NULL;
}

static void say_known(const struct shape *shape, const char *skip, struct why *why,
                      const char *name)
{
    char known[384] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < shape->count && len < sizeof known; i++)
        if (shape->fields[i].type != FIELD_BIN)
            len += (size_t)snprintf(known + len, sizeof known - len, " %s", shape->fields[i].name);
    (void)why_set(why, ERROR_INVALID, "%.60s is not known here; known:%s%s", name, known,
                  skip == NULL ? "" : skip);
}

static void write_field(const struct shape *shape, const struct field *field, const void *object,
                        cJSON *out)
{
    char text[64];
    const struct field *currency = shape_field(shape, "currency");
    struct slice value = field_is_text(field) ? field_slice(object, field) : SLICE("");
    uint64_t number = field_is_text(field) ? 0 : field_number(object, field);
    if (field->type == FIELD_LIST) {
        cJSON *list = cJSON_AddArrayToObject(out, field->name);
        while (value.len > 0) {
            const char *comma = memchr(value.data, ',', value.len);
            size_t len = comma == NULL ? value.len : (size_t)(comma - value.data);
            char item[256];
            if (slice_copy(slice_of(value.data, len), item, sizeof item))
                cJSON_AddItemToArray(list, cJSON_CreateString(item));
            len += comma != NULL;
            value = slice_of(value.data + len, value.len - len);
        }
    } else if (field->type == FIELD_BIN || field->type == FIELD_SECRET ||
               (field->type == FIELD_MEMBER && number == 0)) { /* nobody */
        return;
    } else if (field_is_text(field)) {
        if (value.len > 0)
            json_add_text(out, field->name, value);
    } else if (field->type == FIELD_AMOUNT) {
        const char *code = currency == NULL ? NULL : currency_find(field_slice(object, currency));
        if (code != NULL) {
            money_format((int64_t)number, code, text, sizeof text);
            cJSON_AddStringToObject(out, field->name, text);
        }
    } else if (field->type == FIELD_TIME) {
        if (number != 0) {
            clock_format_utc((int64_t)number, text, sizeof text);
            cJSON_AddStringToObject(out, field->name, text);
        }
    } else if (field->type == FIELD_PERIOD) {
        if (number != 0) {
            period_format(period_unpack(number), text, sizeof text);
            cJSON_AddStringToObject(out, field->name, text);
        }
    } else if (field->type == FIELD_DURATION) {
        if (number != 0) {
            duration_format(number, text, sizeof text);
            cJSON_AddStringToObject(out, field->name, text);
        }
    } else if (field->type == FIELD_FLAG) {
        cJSON_AddBoolToObject(out, field->name, number != 0);
    } else if (field->type == FIELD_CHOICE) {
        size_t n = 0;
        while (n < number && field->names[n] != NULL)
            n++;
        cJSON_AddStringToObject(out, field->name, field->names[n] == NULL ? "?" : field->names[n]);
    } else {
        write_number(out, field, number);
    }
}

/* cJSON prints 15 digits and is content with what comes near: more are written here. */
static void write_number(cJSON *out, const struct field *field, uint64_t number)
{
    static const int64_t exact = 1000000000000000;
    char text[32];
    int64_t value = (int64_t)number;
    if (field->store != STORE_I64 && number > INT64_MAX)
        snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    else
        snprintf(text, sizeof text, "%lld", (long long)value);
    if (value < exact && value > -exact && (field->store == STORE_I64 || number <= INT64_MAX))
        cJSON_AddNumberToObject(out, field->name, (double)value);
    else
        cJSON_AddRawToObject(out, field->name, text);
}
