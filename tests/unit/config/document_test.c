#include "config/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* "" when it was read, else the one error. */
static const char *read_text(struct slice text)
{
    static char line[1024];
    struct report report;
    struct buf out;
    yaml_document_t document;

    report_init(&report, "t");
    buf_init(&out, sizeof(line) - 1);
    if (document_read(text, &report, &document)) {
        assert_false(report_failed(&report));
        document_wipe(&document);
    } else {
        assert_int_equal(report.count, 1);
    }
    report_print(&report, &out);
    assert_true(slice_copy(buf_slice(&out), line, sizeof(line)));
    buf_deinit(&out);
    report_deinit(&report);
    return line;
}

static void expect(const char *text, const char *error)
{
    assert_string_equal(read_text(slice_from(text)), error);
}

static char *repeat(const char *head, const char *piece, size_t n)
{
    size_t len = strlen(piece);
    char *text = malloc(strlen(head) + n * len + 1);
    assert_non_null(text);
    memcpy(text, head, strlen(head));
    for (size_t i = 0; i < n; i++)
        memcpy(text + strlen(head) + i * len, piece, len);
    text[strlen(head) + n * len] = '\0';
    return text;
}

static void friendly(void **state)
{
    (void)state;
    expect("a: 1\n", "");
    expect("---\na: [1, {b: c}]\n...\n", "");
    expect("\xef\xbb\xbf"
           "a: 1\n",
           ""); /* a byte order mark */
    expect("a: &x 1\nb: *x\n", "");
    expect("a: 1\r\nb: 2\r\n", "");
}

static void not_a_configuration(void **state)
{
    (void)state;
    const char *empty = "t:1: the file is empty; expected keys and values, such as "
                        "\"data_dir: ./var\"\n";
    expect("", empty);
    expect("# only a comment\n", empty);
    assert_string_equal(read_text(slice_of(NULL, 0)), empty);
    expect("\n- a\n", "t:2: the file is no mapping; expected keys and values, such as "
                      "\"data_dir: ./var\"\n");
    expect("just text", "t:1: the file is no mapping; expected keys and values, such as "
                        "\"data_dir: ./var\"\n");
    expect("a: 1\n---\nb: 2\n",
           "t:2: a second document begins; expected one document in the file\n");
}

static void broken(void **state)
{
    (void)state;
    expect("a: 1\nb: [1, 2\nc: 3\n",
           "t:3: while parsing a flow sequence, did not find expected ',' or ']'; expected YAML in "
           "UTF-8\n");
    expect("a: 1\n\tb: 2\n", "t:2: while scanning a plain scalar, found a tab character that "
                             "violates indentation; expected YAML in UTF-8\n");
    expect("a: 1\nb: *nothing\n", "t:2: found undefined alias; expected YAML in UTF-8\n");
    expect("a: 1\nb: \"no end\n", "t:3: while scanning a quoted scalar, found unexpected end of "
                                  "stream; expected YAML in UTF-8\n");
    expect("a: 1\nb: \xff\xfe\n", "t:2: invalid leading UTF-8 octet; expected YAML in UTF-8\n");
    expect("a: \xc3", "t:1: incomplete UTF-8 octet sequence; expected YAML in UTF-8\n");
    expect("a: \xed\xa0\x80\n", "t:1: invalid Unicode character; expected YAML in UTF-8\n");
    expect("a: 1\nb: \x01\n", "t:2: control characters are not allowed; expected YAML in UTF-8\n");
    assert_string_equal(read_text(SLICE("a: 1\nb: \0\n")),
                        "t:2: control characters are not allowed; expected YAML in UTF-8\n");
    /* UTF-16 is YAML, but not ours. */
    assert_true(strstr(read_text(SLICE("\xff\xfe"
                                       "a\0:\0 \0b\0")),
                       "invalid leading") != NULL);
}

static void bombs(void **state)
{
    (void)state;
    char *text = repeat("a: ", "[", 100000);
    expect(text, "t:1: nested too deeply; expected at most 16 levels\n");
    free(text);
    text = repeat("a: ", "{a: ", 100000);
    expect(text, "t:1: nested too deeply; expected at most 16 levels\n");
    free(text);
    text = repeat("a:\n", "- 1\n", DOCUMENT_NODES_MAX);
    assert_true(strstr(read_text(slice_from(text)), "too many values") != NULL);
    free(text);
    text = repeat("a:\n", "- *x\n", DOCUMENT_ALIASES_MAX + 1);
    assert_true(strstr(read_text(slice_from(text)), "too many aliases") != NULL);
    free(text);
    text = repeat("a:\n", "- &x 1\n", DOCUMENT_ANCHORS_MAX + 1);
    assert_true(strstr(read_text(slice_from(text)), "too many anchors") != NULL);
    free(text);
    text = repeat("a: ", "x", DOCUMENT_BYTES_MAX);
    expect(text, "t:1: the file is larger than 1 MiB; expected at most that\n");
    text[DOCUMENT_BYTES_MAX] = '\0';
    expect(text, "");
    free(text);
    /* Nothing is copied for an alias, and one may hold itself. */
    expect("a: &a [x, x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n", "");
    expect("a: &a [*a]\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(friendly),
        cmocka_unit_test(not_a_configuration),
        cmocka_unit_test(broken),
        cmocka_unit_test(bombs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
