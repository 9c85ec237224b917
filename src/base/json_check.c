#include "base/json_check.h"

#include "base/json.h"
#include "base/utf8.h"

struct checker {
    const char *at;
    const char *end;
    const char *problem;
    unsigned depth_max;
    bool keep_numbers; /* some number is not a short integer, so its text must be kept */
};

enum { EXACT_DIGITS = 15 }; /* any integer of so many digits is exact in a double */

static bool check_value(struct checker *checker, unsigned depth);
static void skip_space(struct checker *checker);
static bool refuse(struct checker *checker, const char *problem);

struct json_checked json_check(struct slice text, unsigned depth_max)
{
    if (text.len == 0) /* and may be absent */
        return (struct json_checked){"the text is empty", 0, false};
    struct checker checker = {.at = text.data, .end = text.data + text.len, .depth_max = depth_max};
    skip_space(&checker);
    if (check_value(&checker, 0)) {
        skip_space(&checker);
        if (checker.at != checker.end)
            (void)refuse(&checker, "something follows the value");
    }
    return (struct json_checked){checker.problem, (size_t)(checker.at - text.data),
                                 checker.keep_numbers};
}

bool json_number_is_short(struct slice number)
{
    if (number.len > EXACT_DIGITS)
        return false;
    for (size_t i = 0; i < number.len; i++)
        if (number.data[i] != '-' && (number.data[i] < '0' || number.data[i] > '9'))
            return false;
    return true;
}

static bool refuse(struct checker *checker, const char *problem)
{
    if (!checker->problem)
        checker->problem = problem;
    return false;
}

static void skip_space(struct checker *checker)
{
    while (checker->at < checker->end && (*checker->at == ' ' || *checker->at == '\n' ||
                                          *checker->at == '\t' || *checker->at == '\r'))
        checker->at++;
}

static bool at_char(const struct checker *checker, char c)
{
    return checker->at < checker->end && *checker->at == c;
}

/* Four hex digits behind "\u". */
static bool check_unit(struct checker *checker, unsigned *unit)
{
    *unit = 0;
    if (checker->end - checker->at < 4)
        return refuse(checker, "\\u needs four hex digits");
    for (int i = 0; i < 4; i++) {
        char c = checker->at[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return refuse(checker, "\\u needs four hex digits");
        *unit = *unit * 16 + digit;
    }
    checker->at += 4;
    return true;
}

static bool check_escape(struct checker *checker)
{
    unsigned unit, low;

    checker->at++;
    if (checker->at == checker->end)
        return refuse(checker, "the string does not end");
    char c = *checker->at;
    if (c != 'u') {
        if (c == '\0' || !strchr("\"\\/bfnrt", c))
            return refuse(checker, "no such escape");
        checker->at++;
        return true;
    }
    checker->at++;
    if (!check_unit(checker, &unit))
        return false;
    if (unit == 0)
        return refuse(checker, "a NUL character");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return refuse(checker, "half a surrogate pair");
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    if (checker->end - checker->at < 2 || checker->at[0] != '\\' || checker->at[1] != 'u')
        return refuse(checker, "half a surrogate pair");
    checker->at += 2;
    if (!check_unit(checker, &low))
        return false;
    return (low >= 0xdc00 && low <= 0xdfff) || refuse(checker, "half a surrogate pair");
}

/* Behind what stands for itself in a string: all of ASCII but control characters, quote and
 * backslash. */
static const char *skip_plain(const char *at, const char *end)
{
    while (at < end && *at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

static bool check_string(struct checker *checker)
{
    checker->at++;
    for (;;) {
        checker->at = skip_plain(checker->at, checker->end);
        if (checker->at == checker->end)
            return refuse(checker, "the string does not end");
        unsigned char c = (unsigned char)*checker->at;
        if (c == '"') {
            checker->at++;
            return true;
        }
        if (c == '\\') {
            if (!check_escape(checker))
                return false;
        } else if (c < 0x20) {
            return refuse(checker, "a control character in a string");
        } else {
            uint32_t code_point;
            size_t len = utf8_decode(slice_of(checker->at, (size_t)(checker->end - checker->at)),
                                     &code_point);
            if (len == 0)
                return refuse(checker, "ill-formed UTF-8");
            checker->at += len;
        }
    }
}

static size_t check_digits(struct checker *checker)
{
    const char *first = checker->at;

    while (checker->at < checker->end && *checker->at >= '0' && *checker->at <= '9')
        checker->at++;
    return (size_t)(checker->at - first);
}

static bool check_number(struct checker *checker)
{
    const char *first = checker->at;

    if (at_char(checker, '-'))
        checker->at++;
    if (at_char(checker, '0'))
        checker->at++;
    else if (check_digits(checker) == 0)
        return refuse(checker, "expected a value");
    if (at_char(checker, '.')) {
        checker->at++;
        if (check_digits(checker) == 0)
            return refuse(checker, "expected a digit");
    }
    if (at_char(checker, 'e') || at_char(checker, 'E')) {
        checker->at++;
        if (at_char(checker, '+') || at_char(checker, '-'))
            checker->at++;
        if (check_digits(checker) == 0)
            return refuse(checker, "expected a digit");
    }
    size_t len = (size_t)(checker->at - first);
    if (len > JSON_NUMBER_BYTES_MAX)
        return refuse(checker, "a number too long");
    if (!json_number_is_short(slice_of(first, len)))
        checker->keep_numbers = true;
    return true;
}

static bool check_literal(struct checker *checker, const char *literal)
{
    size_t len = strlen(literal);

    if ((size_t)(checker->end - checker->at) < len || memcmp(checker->at, literal, len) != 0)
        return refuse(checker, "expected a value");
    checker->at += len;
    return true;
}

static bool check_members(struct checker *checker, unsigned depth, bool object)
{
    const char close = object ? '}' : ']';

    if (depth > checker->depth_max)
        return refuse(checker, "nested too deeply");
    checker->at++;
    skip_space(checker);
    if (at_char(checker, close)) {
        checker->at++;
        return true;
    }
    for (;;) {
        if (object) {
            if (!at_char(checker, '"'))
                return refuse(checker, "expected a member's name");
            if (!check_string(checker))
                return false;
            skip_space(checker);
            if (!at_char(checker, ':'))
                return refuse(checker, "expected ':'");
            checker->at++;
            skip_space(checker);
        }
        if (!check_value(checker, depth))
            return false;
        skip_space(checker);
        if (at_char(checker, close)) {
            checker->at++;
            return true;
        }
        if (!at_char(checker, ','))
            return refuse(checker, "expected ',' or the closing bracket");
        checker->at++;
        skip_space(checker);
    }
}

static bool check_value(struct checker *checker, unsigned depth)
{
    if (checker->at == checker->end)
        return refuse(checker, "the text ends too early");
    switch (*checker->at) {
    case '{':
        return check_members(checker, depth + 1, true);
    case '[':
        return check_members(checker, depth + 1, false);
    case '"':
        return check_string(checker);
    case 't':
        return check_literal(checker, "true");
    case 'f':
        return check_literal(checker, "false");
    case 'n':
        return check_literal(checker, "null");
    default:
        return check_number(checker);
    }
}
