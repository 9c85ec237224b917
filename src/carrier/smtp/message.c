#include "carrier/smtp/message.h"

#include "base/civil.h"
#include "base/encoding.h"
#include "base/mailbox.h"
#include "base/utf8.h"

#include <inttypes.h>

enum {
    WORD_BYTES_MAX = 45,      /* 60 of base64, 72 with what stands around: RFC 2047 allows 75 */
    PLAIN_LINE_MAX = 72,      /* of a header's text that needs no folding */
    BODY_LINE_BYTES = 57,     /* 76 of base64, RFC 2045 section 6.8 */
    BODY_PLAIN_LINE_MAX = 900 /* RFC 5322 section 2.1.1: at most 998 */
};

static void append_date(struct buf *out, uint64_t at_ms);
static void append_id(struct buf *out, const struct mail *mail, struct slice sender);
static void append_words(struct buf *out, struct slice text);
static void append_name(struct buf *out, struct slice name);
static void append_body(struct buf *out, struct slice text);
static bool is_plain(struct slice text);
static bool is_plain_body(struct slice text);
static void append_lines(struct buf *out, struct slice text);
static void append_base64(struct buf *out, struct slice bytes);

enum error mail_write(const struct mail *mail, struct buf *out)
{
    struct slice name, sender;
    if (!mailbox_split(mail->from, &name, &sender) || !mailbox_is_address(mail->to) ||
        !mailbox_is_line(mail->subject) || mail->subject.len == 0 || mail->text.len == 0 ||
        memchr(mail->text.data, '\0', mail->text.len) != NULL)
        return ERROR_INVALID;
    if (mail->subject.len > MAIL_SUBJECT_BYTES_MAX || mail->text.len > MAIL_TEXT_BYTES_MAX)
        return ERROR_TOO_LARGE;
    append_date(out, mail->at_ms);
    buf_append_text(out, "From: ");
    append_name(out, name);
    buf_printf(out, "<%.*s>\r\nTo: <%.*s>\r\nSubject: ", SLICE_ARG(sender), SLICE_ARG(mail->to));
    append_words(out, mail->subject);
    append_id(out, mail, sender);
    buf_append_text(out, "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
                         "Content-Type: text/plain; charset=utf-8\r\n");
    append_body(out, mail->text);
    if (out->failed)
        return out->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
    return ERROR_NONE;
}

/* "Thu, 26 Nov 2026 21:42:36 +0000" */
static void append_date(struct buf *out, uint64_t at_ms)
{
    static const char days[] = "ThuFriSatSunMonTueWed"; /* 1 January 1970 was a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t s = at_ms / 1000;
    uint64_t day = s / 86400;
    struct civil date = civil_from_days((int64_t)day);
    buf_printf(out, "Date: %.3s, %d %.3s %" PRId64 " %02d:%02d:%02d +0000\r\n", days + day % 7 * 3,
               date.day, months + (date.month - 1) * 3, date.year, (int)(s / 3600 % 24),
               (int)(s / 60 % 60), (int)(s % 60));
}

/* The number alone is also another installation's that sends for this domain. */
static void append_id(struct buf *out, const struct mail *mail, struct slice sender)
{
    const char *at = memrchr(sender.data, '@', sender.len);
    struct buf said;
    uint8_t digest[32];
    char hex[17];
    buf_init(&said, 2 * MAIL_TEXT_BYTES_MAX);
    buf_printf(&said, "%.*s\n%.*s\n", SLICE_ARG(mail->to), SLICE_ARG(mail->subject));
    buf_append_slice(&said, mail->text);
    sha256(buf_slice(&said), digest);
    hex_encode(digest, 8, hex, sizeof hex);
    buf_printf(out, "Message-ID: <usher-%" PRIu64 "-%s%.*s>\r\n", mail->number, hex,
               (int)(sender.len - (size_t)(at - sender.data)), at);
    out->failed = out->failed || said.failed;
    out->starved = out->starved || said.starved;
    buf_deinit(&said);
}

/* The text of a header and the end of its line. */
static void append_words(struct buf *out, struct slice text)
{
    bool plain = is_plain(text);
    for (size_t at = 0; at < text.len && !plain;) {
        char word[4 * ((WORD_BYTES_MAX + 2) / 3) + 1];
        size_t len = 0;
        for (size_t next = 0;; len += next) {
            uint32_t code_point;
            next = utf8_decode(slice_of(text.data + at + len, text.len - at - len), &code_point);
            if (next == 0 || len + next > WORD_BYTES_MAX)
                break;
        }
        base64_encode(text.data + at, len, word, sizeof word);
        buf_printf(out, "%s=?UTF-8?B?%s?=", at > 0 ? "\r\n " : "", word);
        at += len;
    }
    if (plain)
        buf_append_slice(out, text);
    buf_append_text(out, "\r\n");
}

/* With the blank, or the folding, behind it. */
static void append_name(struct buf *out, struct slice name)
{
    if (name.len == 0)
        return;
    if (!is_plain(name)) {
        append_words(out, name);
        buf_append_text(out, " ");
        return;
    }
    buf_append_text(out, "\"");
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\')
            buf_append_text(out, "\\");
        buf_append(out, name.data + i, 1);
    }
    buf_append_text(out, "\" ");
}

/* Plain where it can be: filters of spam hold base64 of plain ASCII against a mail. */
static void append_body(struct buf *out, struct slice text)
{
    struct buf lines;
    bool plain = is_plain_body(text);
    buf_printf(out, "Content-Transfer-Encoding: %s\r\n\r\n", plain ? "7bit" : "base64");
    if (plain) {
        append_lines(out, text);
        return;
    }
    buf_init(&lines, 2 * MAIL_TEXT_BYTES_MAX + 2);
    append_lines(&lines, text);
    append_base64(out, buf_slice(&lines));
    out->failed = out->failed || lines.failed;
    out->starved = out->starved || lines.starved;
    buf_deinit(&lines);
}

/* "=?" would be read as the beginning of an encoded word. */
static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7E ||
            (text.data[i] == '=' && i + 1 < text.len && text.data[i + 1] == '?'))
            return false;
    return text.len <= PLAIN_LINE_MAX;
}

static bool is_plain_body(struct slice text)
{
    size_t line = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        line = c == '\n' || c == '\r' ? 0 : line + 1;
        if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c > 0x7E ||
            line > BODY_PLAIN_LINE_MAX)
            return false;
    }
    return true;
}

/* Every line ends with CR LF, whatever it ended with. */
static void append_lines(struct buf *out, struct slice text)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && text.data[end] != '\n' && text.data[end] != '\r')
            end++;
        buf_append(out, text.data + at, end - at);
        buf_append_text(out, "\r\n");
        bool both = end + 1 < text.len && text.data[end] == '\r' && text.data[end + 1] == '\n';
        at = end + (both ? 2 : 1);
    }
}

static void append_base64(struct buf *out, struct slice bytes)
{
    char line[4 * ((BODY_LINE_BYTES + 2) / 3) + 1];
    for (size_t at = 0; at < bytes.len; at += BODY_LINE_BYTES) {
        size_t left = bytes.len - at;
        base64_encode(bytes.data + at, left < BODY_LINE_BYTES ? left : BODY_LINE_BYTES, line,
                      sizeof line);
        buf_printf(out, "%s\r\n", line);
    }
}
