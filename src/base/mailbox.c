#include "base/mailbox.h"

#include "base/utf8.h"

enum { LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_local(struct slice text);
static bool is_domain(struct slice text);
static bool is_alphanumeric(char c);
static struct slice trim(struct slice text);

bool mailbox_is_address(struct slice text)
{
    const char *at = text.len > 0 ? memrchr(text.data, '@', text.len) : NULL;
    if (at == NULL || text.len > MAILBOX_ADDRESS_MAX)
        return false;
    size_t local = (size_t)(at - text.data);
    return is_local(slice_of(text.data, local)) &&
           is_domain(slice_of(at + 1, text.len - local - 1));
}

bool mailbox_split(struct slice text, struct slice *name, struct slice *address)
{
    struct slice whole = trim(text);
    struct slice before = slice_of(whole.data, 0);
    struct slice inside = whole;
    if (!mailbox_is_line(whole))
        return false;
    if (whole.len > 0 && whole.data[whole.len - 1] == '>') {
        const char *open = memchr(whole.data, '<', whole.len);
        if (open == NULL)
            return false;
        before = trim(slice_of(whole.data, (size_t)(open - whole.data)));
        inside = slice_of(open + 1, whole.len - (size_t)(open - whole.data) - 2);
    }
    if (before.len >= 2 && before.data[0] == '"' && before.data[before.len - 1] == '"')
        before = slice_of(before.data + 1, before.len - 2);
    if (before.len > MAILBOX_NAME_MAX || !mailbox_is_address(inside))
        return false;
    *name = before;
    *address = inside;
    return true;
}

bool mailbox_is_line(struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        size_t len = utf8_decode(slice_of(text.data + at, text.len - at), &code_point);
        /* Some readers take the separators of Unicode for the end of a line. */
        if (len == 0 || utf8_is_control(code_point) || code_point == 0x2028 || code_point == 0x2029)
            return false;
        at += len;
    }
    return true;
}

/* dot-atom, RFC 5322 section 3.2.3. */
static bool is_local(struct slice text)
{
    bool dot = true; /* none at the beginning, none behind another */
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '.' ? dot : !is_alphanumeric(c) && strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL)
            return false;
        if (c == '\0')
            return false;
        dot = c == '.';
    }
    return text.len <= LOCAL_MAX && !dot;
}

/* Labels of letters, digits and inner hyphens. */
static bool is_domain(struct slice text)
{
    size_t label = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool edge = label == 0 || i + 1 == text.len || text.data[i + 1] == '.';
        if (c == '.' ? label == 0 : !is_alphanumeric(c) && (c != '-' || edge))
            return false;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && text.data[0] == ' ')
        text = slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return text;
}
