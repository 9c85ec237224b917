#include "base/json_mend.h"

#include "base/json.h"
#include "base/utf8.h"

enum { UNIT_BYTES = 6 }; /* "\u0041" */

struct mender {
    const char *at;
    const char *end;
    struct buf *out;
};

static const char not_a_character[] = "\\u0001";

static void mend_string(struct mender *mender);
static void mend_escape(struct mender *mender);
static void mend_number(struct mender *mender);
static void skip_nested(struct mender *mender);

void json_mend(struct slice text, unsigned depth_max, struct buf *out)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct mender mender = {.at = text.data, .end = text.data + text.len, .out = out};
    unsigned depth = 0;

    if (text.len >= sizeof(mark) - 1 && memcmp(text.data, mark, sizeof(mark) - 1) == 0)
        mender.at += sizeof(mark) - 1;
    while (mender.at < mender.end) {
        char c = *mender.at;
        if (c == '"') {
            mend_string(&mender);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            mend_number(&mender);
        } else if ((c == '{' || c == '[') && depth == depth_max) {
            skip_nested(&mender);
        } else {
            if (c == '{' || c == '[')
                depth++;
            else if ((c == '}' || c == ']') && depth > 0)
                depth--;
            buf_append_u8(out, (uint8_t)c);
            mender.at++;
        }
    }
}

/* From the opening quote to behind the closing one, or to the end. */
static void mend_string(struct mender *mender)
{
    buf_append_u8(mender->out, '"');
    mender->at++;
    while (mender->at < mender->end && *mender->at != '"') {
        uint32_t code_point;
        struct slice rest = slice_of(mender->at, (size_t)(mender->end - mender->at));
        if (*mender->at == '\\') {
            mend_escape(mender);
            continue;
        }
        size_t len = (unsigned char)*mender->at < 0x20 ? 0 : utf8_decode(rest, &code_point);
        if (len > 0)
            buf_append(mender->out, mender->at, len);
        else
            buf_append_text(mender->out, not_a_character);
        mender->at += len > 0 ? len : 1;
    }
    if (mender->at < mender->end) {
        buf_append_u8(mender->out, '"');
        mender->at++;
    }
}

/* The unit of "\u0041"; false for anything else. */
static bool unit_at(const char *at, const char *end, unsigned *unit)
{
    *unit = 0;
    if (end - at < UNIT_BYTES || at[0] != '\\' || at[1] != 'u')
        return false;
    for (int i = 2; i < UNIT_BYTES; i++) {
        char c = at[i];
        char lower = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *unit = *unit * 16 + (unsigned)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *unit = *unit * 16 + (unsigned)(lower - 'a') + 10;
        else
            return false;
    }
    return true;
}

static void mend_escape(struct mender *mender)
{
    unsigned unit, low;
    size_t len = mender->end - mender->at < 2 ? 1 : 2;

    if (!unit_at(mender->at, mender->end, &unit)) { /* two bytes, so that \" ends no string */
        buf_append(mender->out, mender->at, len);
        mender->at += len;
        return;
    }
    bool high = unit >= 0xd800 && unit <= 0xdbff;
    bool pair = high && unit_at(mender->at + UNIT_BYTES, mender->end, &low) && low >= 0xdc00 &&
                low <= 0xdfff;
    len = pair ? 2 * UNIT_BYTES : UNIT_BYTES;
    if (unit == 0 || (!pair && unit >= 0xd800 && unit <= 0xdfff))
        buf_append_text(mender->out, not_a_character);
    else
        buf_append(mender->out, mender->at, len);
    mender->at += len;
}

static void mend_number(struct mender *mender)
{
    const char *first = mender->at;

    while (mender->at < mender->end && *mender->at != '\0' &&
           strchr("0123456789.-+eE", *mender->at) != NULL)
        mender->at++;
    size_t len = (size_t)(mender->at - first);
    if (len > JSON_NUMBER_BYTES_MAX)
        buf_append_text(mender->out, "null");
    else
        buf_append(mender->out, first, len);
}

/* Past a value in brackets of any depth, whose kinds of bracket are not compared: nobody reads it.
 */
static void skip_nested(struct mender *mender)
{
    size_t open = 0;

    buf_append_text(mender->out, "null");
    do {
        char c = *mender->at++;
        if (c == '{' || c == '[') {
            open++;
        } else if (c == '}' || c == ']') {
            open--;
        } else if (c == '"') {
            while (mender->at < mender->end && *mender->at != '"')
                mender->at += *mender->at == '\\' && mender->end - mender->at > 1 ? 2 : 1;
            mender->at += mender->at < mender->end;
        }
    } while (open > 0 && mender->at < mender->end);
}
