/* The message byte by byte, and what is refused. */
#include "carrier/smtp/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static const struct mail plain = {.from = SLICE("The \"Club\" <club@example.org>"),
                                  .to = SLICE("ann@example.net"),
                                  .subject = SLICE("Your seat"),
                                  .text = SLICE("Hello Ann,\n.\nsee you\r\nsoon"),
                                  .number = 7,
                                  .at_ms = UINT64_C(1795729356000)};

static char *written(const struct mail *mail)
{
    struct buf out;
    buf_init(&out, 65536);
    assert_int_equal(mail_write(mail, &out), ERROR_NONE);
    buf_append_u8(&out, 0);
    return out.data;
}

static char *id_of(const struct mail *mail)
{
    char *text = written(mail);
    char *id = strstr(text, "Message-ID: ");
    char *copy = strndup(id, strcspn(id, "\r"));
    free(text);
    return copy;
}

static void plain_text_stays_as_it_is(void **state)
{
    (void)state;
    char *text = written(&plain);
    char *id = strstr(text, "Message-ID: <usher-7-");
    assert_non_null(id);
    assert_memory_equal(text,
                        "Date: Thu, 26 Nov 2026 21:42:36 +0000\r\n"
                        "From: \"The \\\"Club\\\"\" <club@example.org>\r\n"
                        "To: <ann@example.net>\r\n"
                        "Subject: Your seat\r\n",
                        (size_t)(id - text));
    assert_string_equal(id + strlen("Message-ID: <usher-7-0123456789abcdef"),
                        "@example.org>\r\n"
                        "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: 7bit\r\n\r\n"
                        "Hello Ann,\r\n.\r\nsee you\r\nsoon\r\n");
    free(text);
}

static void what_is_not_plain_is_encoded(void **state)
{
    (void)state;
    struct mail mail = plain;
    mail.from = SLICE("\xE4\xBD\xA0\xE5\xA5\xBD <club@example.org>");
    mail.subject =
        SLICE("\xE4\xBD\xA0\xE5\xA5\xBD, \xE4\xBD\xA0\xE5\xA5\xBD, \xE4\xBD\xA0\xE5\xA5\xBD, "
              "\xE4\xBD\xA0\xE5\xA5\xBD, \xE4\xBD\xA0\xE5\xA5\xBD, \xE4\xBD\xA0\xE5\xA5\xBD, !");
    mail.text = SLICE("\xE4\xBD\xA0\xE5\xA5\xBD\n");
    char *text = written(&mail);
    assert_non_null(strstr(text, "From: =?UTF-8?B?5L2g5aW9?=\r\n <club@example.org>\r\n"));
    assert_non_null(strstr(
        text,
        "Subject: =?UTF-8?B?5L2g5aW9LCDkvaDlpb0sIOS9oOWlvSwg5L2g5aW9LCDkvaDlpb0sIOS9oA==?=\r\n"
        " =?UTF-8?B?5aW9LCAh?=\r\n"));
    assert_non_null(strstr(text, "Content-Transfer-Encoding: base64\r\n\r\n5L2g5aW9DQo=\r\n"));
    free(text);
    mail.subject = SLICE("=?UTF-8?B?SGk=?="); /* said, not meant */
    text = written(&mail);
    assert_non_null(strstr(text, "Subject: =?UTF-8?B?PT9VVEYtOD9CP1NHaz0/PQ==?=\r\n"));
    free(text);
}

static void no_line_is_too_long(void **state)
{
    (void)state;
    static char subject[MAIL_SUBJECT_BYTES_MAX];
    static char body[5000];
    struct mail mail = plain;
    memset(subject, 'x', sizeof subject);
    memset(body, 'y', sizeof body);
    mail.subject = slice_of(subject, sizeof subject);
    mail.text = slice_of(body, sizeof body);
    char *text = written(&mail);
    for (char *line = text; *line != 0;) {
        char *end = strstr(line, "\r\n");
        assert_non_null(end);
        assert_in_range(end - line, 0, 90);
        line = end + 2;
    }
    free(text);
}

/* The id of a repeat is the same, whenever it is made. */
static void the_id_is_that_of_the_delivery(void **state)
{
    (void)state;
    struct mail mail = plain;
    char *first = id_of(&mail);
    mail.at_ms += 60000;
    char *again = id_of(&mail);
    assert_string_equal(first, again);
    free(again);
    mail.number++;
    again = id_of(&mail);
    assert_string_not_equal(first, again);
    free(again);
    mail.number--;
    mail.text = SLICE("Something else");
    again = id_of(&mail);
    assert_string_not_equal(first, again);
    free(again);
    free(first);
}

static void nothing_is_smuggled_into_a_header(void **state)
{
    (void)state;
    static char big[MAIL_TEXT_BYTES_MAX + 1];
    memset(big, 'x', sizeof big);
    static const struct {
        struct slice from, to, subject, text;
    } rows[] = {
        {SLICE("Club\r\nBcc: x@y <club@example.org>"), SLICE("a@b"), SLICE("s"), SLICE("t")},
        {SLICE("nobody"), SLICE("a@b"), SLICE("s"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b\r\nBcc: x@y"), SLICE("s"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b>\r\nRCPT TO:<x@y"), SLICE("s"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b, c@d"), SLICE("s"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s\r\nBcc: x@y"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s\nBcc: x@y"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s\rBcc: x@y"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s\0t"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("\xFF"), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE(""), SLICE("t")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s"), SLICE("t\0u")},
        {SLICE("a@b"), SLICE("a@b"), SLICE("s"), SLICE("")},
        {SLICE("a@b"), SLICE("a@b"), {NULL, 0}, {NULL, 0}},
    };
    struct buf out;
    buf_init(&out, 65536);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mail mail = {rows[i].from, rows[i].to, rows[i].subject, rows[i].text, 1, 0};
        assert_int_equal(mail_write(&mail, &out), ERROR_INVALID);
        assert_int_equal(out.len, 0);
    }
    struct mail mail = plain;
    mail.text = slice_of(big, sizeof big);
    assert_int_equal(mail_write(&mail, &out), ERROR_TOO_LARGE);
    mail = plain;
    mail.subject = slice_of(big, MAIL_SUBJECT_BYTES_MAX + 1);
    assert_int_equal(mail_write(&mail, &out), ERROR_TOO_LARGE);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays_as_it_is),
        cmocka_unit_test(what_is_not_plain_is_encoded),
        cmocka_unit_test(no_line_is_too_long),
        cmocka_unit_test(the_id_is_that_of_the_delivery),
        cmocka_unit_test(nothing_is_smuggled_into_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
