#include "base/json.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/json_check.h"
#include "base/json_mend.h"
#include "base/money.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { FEW_MEMBERS = 24 }; /* objects up to this size are sorted without memory of their own */

static _Thread_local bool left_out;

static enum error parse(struct slice text, unsigned depth_max, bool mended, cJSON **out,
                        struct why *why);
static enum error finish(cJSON *item, struct slice *text, bool mended, struct why *why);
static bool expand_number(const char *text, char *out, size_t out_size);

enum error json_parse(struct slice text, size_t bytes_max, unsigned depth_max, cJSON **out,
                      struct why *why)
{
    ASSERT(depth_max <= JSON_DEPTH_LIMIT);
    *out = NULL;
    if (text.len > bytes_max)
        return why_set(why, ERROR_TOO_LARGE, "JSON of %zu bytes; at most %zu are taken", text.len,
                       bytes_max);
    return parse(text, depth_max, false, out, why);
}

enum error json_parse_mended(struct slice text, size_t bytes_max, unsigned depth_max, cJSON **out,
                             struct why *why)
{
    struct buf mended;

    enum error error = json_parse(text, bytes_max, depth_max, out, why);
    if (error != ERROR_INVALID || text.len == 0)
        return error;
    buf_init(&mended, sizeof("\\u0001") * text.len);
    json_mend(text, depth_max, &mended);
    if (mended.failed)
        error = why_set(why, ERROR_MEMORY, "no memory for %zu bytes of JSON", text.len);
    else
        error = parse(buf_slice(&mended), depth_max, true, out, why);
    buf_deinit(&mended);
    return error;
}

static enum error parse(struct slice text, unsigned depth_max, bool mended, cJSON **out,
                        struct why *why)
{
    struct json_checked checked = json_check(text, depth_max);
    if (checked.problem)
        return why_set(why, ERROR_INVALID, "not JSON, byte %zu: %s", checked.offset,
                       checked.problem);

    cJSON *root = cJSON_ParseWithLength(text.data, text.len);
    if (!root)
        return why_set(why, ERROR_MEMORY, "no memory for %zu bytes of JSON", text.len);
    struct slice numbers = checked.keep_numbers ? text : slice_of(NULL, 0);
    enum error error = finish(root, &numbers, mended, why);
    if (error) {
        cJSON_Delete(root);
        return error;
    }
    *out = root;
    return ERROR_NONE;
}

static void *allocate(size_t size)
{
    void *block = malloc(size);
    left_out = left_out || block == NULL;
    return block;
}

/* Before there is a second thread, as cJSON keeps its functions without a lock. */
__attribute__((constructor)) static void take_over_allocation(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
}

void json_build(void)
{
    left_out = false;
}

bool json_complete(void)
{
    return !left_out;
}

void json_free(cJSON **root)
{
    cJSON_Delete(*root);
    *root = NULL;
}

const cJSON *json_member(const cJSON *item, const char *name)
{
    if (!cJSON_IsObject(item))
        return NULL;
    for (const cJSON *member = item->child; member; member = member->next)
        if (strcmp(member->string, name) == 0)
            return member;
    return NULL;
}

/* Does the pointer's next token, of len bytes with its escapes, name this member? */
static bool token_names(const char *token, size_t len, const char *name)
{
    size_t i = 0;

    while (i < len) {
        char c = token[i++];
        if (c == '~' && i < len)
            c = token[i++] == '1' ? '/' : '~';
        if (*name != c)
            return false;
        name++;
    }
    return *name == '\0';
}

static const cJSON *array_at(const cJSON *array, const char *token, size_t len)
{
    size_t index = 0;

    /* RFC 6901: no leading zeros, and "-" (the element after the last) does not exist. */
    if (len == 0 || len > 9 || (len > 1 && token[0] == '0'))
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (token[i] < '0' || token[i] > '9')
            return NULL;
        index = index * 10 + (size_t)(token[i] - '0');
    }
    const cJSON *element = array->child;
    while (element && index-- > 0)
        element = element->next;
    return element;
}

const cJSON *json_pointer(const cJSON *item, const char *pointer)
{
    while (item && *pointer == '/') {
        const char *token = ++pointer;
        size_t len = strcspn(token, "/");

        pointer += len;
        if (cJSON_IsArray(item)) {
            item = array_at(item, token, len);
        } else if (cJSON_IsObject(item)) {
            const cJSON *member = item->child;
            while (member && !token_names(token, len, member->string))
                member = member->next;
            item = member;
        } else {
            item = NULL;
        }
    }
    return *pointer == '\0' ? item : NULL;
}

bool json_pointer_valid(const char *pointer)
{
    if (*pointer != '\0' && *pointer != '/')
        return false;
    for (; *pointer; pointer++)
        if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
            return false;
    return true;
}

struct slice json_string(const cJSON *item)
{
    return cJSON_IsString(item) ? slice_from(item->valuestring) : slice_of(NULL, 0);
}

bool json_i64(const cJSON *item, int64_t *out)
{
    char text[JSON_NUMBER_TEXT_SIZE];
    long long value;

    if (!cJSON_IsNumber(item))
        return false;
    if (!item->valuestring) { /* short, so the double is exact */
        *out = (int64_t)item->valuedouble;
        return true;
    }
    if (!json_number_text(item, text, sizeof text))
        return false;
    char *point = strchr(text, '.');
    if (point) {
        if (strspn(point + 1, "0") != strlen(point + 1))
            return false;
        *point = '\0';
    }
    if (!slice_to_i64(slice_from(text), &value))
        return false;
    *out = value;
    return true;
}

bool json_bool(const cJSON *item, bool *out)
{
    if (!cJSON_IsBool(item))
        return false;
    *out = cJSON_IsTrue(item) != 0;
    return true;
}

bool json_number_text(const cJSON *item, char *out, size_t out_size)
{
    if (!cJSON_IsNumber(item))
        return false;
    if (item->valuestring)
        return expand_number(item->valuestring, out, out_size);
    int len = snprintf(out, out_size, "%.0f", item->valuedouble);
    return len > 0 && (size_t)len < out_size;
}

void json_add_time(cJSON *object, const char *name, uint64_t ms)
{
    char text[32];
    if (ms == 0)
        return;
    clock_format_utc((int64_t)ms, text, sizeof text);
    cJSON_AddStringToObject(object, name, text);
}

void json_add_time_or_null(cJSON *object, const char *name, uint64_t ms)
{
    if (ms == 0)
        cJSON_AddNullToObject(object, name);
    else
        json_add_time(object, name, ms);
}

void json_add_amount(cJSON *object, const char *name, int64_t amount, const char *currency)
{
    char text[32];
    money_format(amount, currency, text, sizeof text);
    cJSON_AddStringToObject(object, name, text);
}

void json_add_money(cJSON *object, int64_t amount, const char *currency)
{
    if (amount < 0 || currency_find(slice_from(currency)) == NULL)
        cJSON_AddNullToObject(object, "amount");
    else
        json_add_amount(object, "amount", amount, currency);
    cJSON_AddStringToObject(object, "currency", currency);
}

cJSON *json_add_item(cJSON *list)
{
    cJSON *item = cJSON_CreateObject();
    if (item != NULL && !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        item = NULL;
    }
    return item;
}

void json_append_string(struct buf *out, struct slice text)
{
    const char *at = text.len > 0 ? text.data : "";
    const char *end = at + text.len;
    const char *run = at; /* bytes that go out as they are */

    buf_append_u8(out, '"');
    while (at < end) {
        unsigned char c = (unsigned char)*at;
        uint32_t code_point;
        size_t len = utf8_decode(slice_of(at, (size_t)(end - at)), &code_point);
        if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
            at += len;
            continue;
        }
        buf_append(out, run, (size_t)(at - run));
        if (len == 0)
            buf_append_text(out, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", c);
        else if (c == '\n')
            buf_append_text(out, "\\n");
        else
            buf_printf(out, "\\u%04x", c);
        run = ++at;
    }
    buf_append(out, run, (size_t)(at - run));
    buf_append_u8(out, '"');
}

struct named {
    cJSON *member;
    size_t index; /* in the object */
};

/* By name; of one name, in their order. */
static int compare_names(const void *a, const void *b)
{
    const struct named *left = a;
    const struct named *right = b;
    int order = strcmp(left->member->string, right->member->string);

    return order != 0 ? order : left->index < right->index ? -1 : 1;
}

/* Makes a member the text that is not clean. */
static bool make_unclean(cJSON *member)
{
    char *text = (char *)cJSON_malloc(2);

    if (!text)
        return false;
    memcpy(text, "\x01", 2);
    cJSON_Delete(member->child);
    member->child = NULL;
    cJSON_free(member->valuestring);
    member->valuestring = text;
    member->type = cJSON_String;
    return true;
}

/* Members of one name in object: ERROR_INVALID, or (mended) one of them stays, which says nothing.
 * Compared after unescaping, as readers do. */
static enum error check_names(cJSON *object, bool mended, struct why *why)
{
    struct named few[FEW_MEMBERS];
    struct named *sorted = few;
    size_t count = 0;
    bool twice = false;
    bool memory = true;

    for (cJSON *member = object->child; member; member = member->next)
        count++;
    if (count < 2)
        return ERROR_NONE;
    if (count > FEW_MEMBERS)
        sorted = malloc(count * sizeof(*sorted));
    if (sorted == NULL)
        return why_set(why, ERROR_MEMORY, "no memory for an object of %zu members", count);
    size_t n = 0;
    for (cJSON *member = object->child; member; member = member->next, n++)
        sorted[n] = (struct named){member, n};
    qsort(sorted, count, sizeof(*sorted), compare_names);
    for (size_t i = 1, kept = 0; i < count; i++) {
        if (strcmp(sorted[kept].member->string, sorted[i].member->string) != 0) {
            kept = i;
            continue;
        }
        twice = true;
        if (mended) {
            cJSON_Delete(cJSON_DetachItemViaPointer(object, sorted[i].member));
            memory = make_unclean(sorted[kept].member) && memory;
        }
    }
    if (sorted != few)
        free(sorted);
    if (!memory)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    /* The name is the sender's and may be anything; it is not repeated in the sentence. */
    return twice && !mended
               ? why_set(why, ERROR_INVALID, "a member's name is given twice in one object")
               : ERROR_NONE;
}

/* Takes the next number, and all before it, off the front of a checked text that holds one. */
static struct slice next_number(struct slice *text)
{
    const char *at = text->data;
    const char *end = text->data + text->len;
    struct slice number;

    while (*at != '-' && (*at < '0' || *at > '9')) {
        if (*at == '"')
            for (at++; *at != '"'; at++)
                if (*at == '\\')
                    at++;
        at++;
    }
    number = slice_of(at, 0);
    while (at < end && strchr("0123456789.-+eE", *at))
        at++;
    number.len = (size_t)(at - number.data);
    *text = slice_of(at, (size_t)(end - at));
    return number;
}

/* Checks names and, when text is there, gives numbers that a double would blur their text as
 * valuestring (which cJSON_Delete frees). The tree is walked in the order of the text. */
static enum error finish(cJSON *item, struct slice *text, bool mended, struct why *why)
{
    enum error error = ERROR_NONE;

    if (cJSON_IsNumber(item) && text->data) {
        struct slice number = next_number(text);
        if (!json_number_is_short(number)) {
            item->valuestring = (char *)cJSON_malloc(number.len + 1);
            if (!item->valuestring || !slice_copy(number, item->valuestring, number.len + 1))
                return why_set(why, ERROR_MEMORY, "no memory for a number of %zu bytes",
                               number.len);
        }
    }
    for (cJSON *child = item->child; child && !error; child = child->next)
        error = finish(child, text, mended, why);
    if (cJSON_IsObject(item) && !error) /* behind the numbers: all of them are still there */
        error = check_names(item, mended, why);
    return error;
}

/* A checked number without its exponent: 1.5e3 -> 1500, 1e-8 -> 0.00000001. */
static bool expand_number(const char *text, char *out, size_t out_size)
{
    char digits[JSON_NUMBER_BYTES_MAX + 1];
    size_t mantissa = strcspn(text, "eE");
    long count = 0, point = -1; /* the point stands before digits[point] */
    size_t n = 0;

    if (text[mantissa] == '\0')
        return slice_copy(slice_from(text), out, out_size);
    for (size_t i = 0; i < mantissa; i++) {
        if (text[i] == '.')
            point = count;
        else if (text[i] != '-')
            digits[count++] = text[i];
    }
    long exponent = strtol(text + mantissa + 1, NULL, 10); /* saturates when it is huge */
    if (exponent > JSON_NUMBER_TEXT_SIZE || exponent < -JSON_NUMBER_TEXT_SIZE)
        return false;
    point = (point < 0 ? count : point) + exponent;

    long first = point <= 0 ? point - 1 : 0; /* at least one digit before the point */
    while (first < point - 1 && (first >= count || digits[first] == '0'))
        first++;
    long last = count > point ? count : point;
    if ((size_t)(last - first) + 3 > out_size) /* sign, point, NUL */
        return false;
    if (text[0] == '-')
        out[n++] = '-';
    for (long i = first; i < last; i++) {
        if (i == point)
            out[n++] = '.';
        out[n++] = i >= 0 && i < count ? digits[i] : '0';
    }
    out[n] = '\0';
    return true;
}

void json_add_text(cJSON *object, const char *name, struct slice text)
{
    char small[512];
    if (slice_copy(text, small, sizeof small)) {
        cJSON_AddStringToObject(object, name, small);
        return;
    }
    char *copy = malloc(text.len + 1);
    if (copy != NULL && slice_copy(text, copy, text.len + 1))
        cJSON_AddStringToObject(object, name, copy);
    else
        left_out = true;
    free(copy);
}

enum error json_answer(cJSON *root, enum error error, const char *too_long, struct buf *json,
                       struct why *why)
{
    char *text = error == ERROR_NONE ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    if (error == ERROR_NONE && (!json_complete() || text == NULL))
        error = why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    if (error == ERROR_NONE)
        buf_append_text(json, text);
    cJSON_free(text);
    return error == ERROR_NONE && json->failed ? why_set(why, ERROR_TOO_LARGE, "%s", too_long)
                                               : error;
}
