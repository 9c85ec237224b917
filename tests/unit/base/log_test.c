#include "base/log.h"

#include "base/clock.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* Standard error goes into a pipe while capturing; a pipe keeps each write(2) whole up to 4 KiB. */
static int saved_stderr = -1;
static int pipe_read = -1;

static void capture(void)
{
    int ends[2];
    fflush(stderr);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    pipe_read = ends[0];
}

static size_t captured(char *out, size_t out_size)
{
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    close(saved_stderr);
    size_t len = 0;
    ssize_t n;
    while ((n = read(pipe_read, out + len, out_size - 1 - len)) > 0)
        len += (size_t)n;
    close(pipe_read);
    out[len] = '\0';
    return len;
}

static void a_line(void **state)
{
    (void)state;
    char text[4096];
    int64_t before = (int64_t)clock_wall_ms();
    capture();
    errno = ENOSPC;
    log_event(LOG_started, "role=%s port=%d", "ingress", 8080);
    int after_errno = errno;
    captured(text, sizeof(text));
    assert_int_equal(after_errno, ENOSPC);

    int64_t ms;
    char *blank = strchr(text, ' ');
    assert_non_null(blank);
    assert_int_equal(blank - text, 24); /* 2026-01-31T12:00:00.123Z */
    assert_int_equal(text[19], '.');
    assert_true(clock_parse_utc(slice_of(text, 24), &ms));
    assert_true(ms >= before && ms <= (int64_t)clock_wall_ms());
    assert_string_equal(blank, " INFO started role=ingress port=8080\n");
}

static void nobody_reads_the_log(void **state)
{
    (void)state;
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    close(STDERR_FILENO);
    errno = ENOSPC;
    log_event(LOG_started, "into=nothing");
    int after_errno = errno;
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    assert_int_equal(after_errno, ENOSPC);
}

static void levels(void **state)
{
    (void)state;
    char text[4096];
    capture();
    log_set_level(LOG_LEVEL_ERROR);
    log_event(LOG_started, "hidden=1");
    log_event(LOG_fatal, "shown=1");
    log_set_level(LOG_LEVEL_INFO);
    log_event(LOG_stopped, "%s", "");
    captured(text, sizeof(text));
    assert_null(strstr(text, "hidden"));
    assert_non_null(strstr(text, " ERROR fatal shown=1\n"));
    assert_non_null(strstr(text, " INFO stopped\n"));
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    char value[3000];
    char text[4096];
    /* Each padding puts the cut at another byte of a three-byte character. */
    for (size_t pad = 0; pad < 3; pad++) {
        memset(value, 'p', pad);
        for (size_t i = pad; i + 3 < sizeof(value); i += 3)
            memcpy(value + i, "\xE4\xBC\x9A", 4);
        capture();
        log_event(LOG_started, "v=%s", value);
        size_t len = captured(text, sizeof(text));
        assert_in_range(len, 1022, 1024);
        assert_int_equal(text[len - 1], '\n');
        text[len - 1] = '\0';
        assert_true(slice_is_text(slice_from(text)));
    }
}

static void an_unquoted_value_cannot_forge_a_line(void **state)
{
    (void)state;
    char text[4096];
    capture();
    log_event(LOG_started, "v=%s", "a\n2026-01-31T12:00:00.000Z ERROR fatal\r\x1b[2J");
    size_t len = captured(text, sizeof(text));
    assert_ptr_equal(strchr(text, '\n'), text + len - 1);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\r'));
}

static void quotes(void **state)
{
    (void)state;
    static const struct {
        struct slice value;
        const char *text;
    } cases[] = {
        {SLICE(""), "\"\""},
        {SLICE("plain text"), "\"plain text\""},
        {SLICE("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {SLICE("\n\t\0\x7f"), "\"\\x0a\\x09\\x00\\x7f\""},
        {SLICE("\xE4\xBC\x9A"), "\"\xE4\xBC\x9A\""},
        {SLICE("\xE4\xBC"), "\"\\xe4\\xbc\""},
        {SLICE("\xC2\x9B"), "\"\\xc2\\x9b\""},
        {SLICE("\xFF"), "\"\\xff\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        assert_ptr_equal(log_quote(cases[i].value, out, sizeof(out)), out);
        assert_string_equal(out, cases[i].text);
    }
    char out[3];
    assert_string_equal(log_quote(slice_of(NULL, 0), out, sizeof(out)), "\"\"");
}

/* Cut between characters and between escapes, never in one, and always closed. */
static void quotes_are_cut_to_fit(void **state)
{
    (void)state;
    struct slice value = SLICE("a\xE4\xBC\x9A\n\"z");
    char whole[64];
    log_quote(value, whole, sizeof(whole));
    for (size_t size = 3; size < sizeof(whole); size++) {
        char *out = test_malloc(size); /* so that a byte too many is noticed */
        log_quote(value, out, size);
        size_t len = strlen(out);
        assert_true(len < size);
        assert_int_equal(out[len - 1], '"');
        assert_memory_equal(out, whole, len - 1);
        assert_true(slice_is_text(slice_from(out)));
        test_free(out);
    }
    char out[8];
    assert_string_equal(log_quote(SLICE("ab\x01zz"), out, sizeof(out)), "\"ab\"");
}

static void *write_lines(void *argument)
{
    for (int i = 0; i < 12; i++)
        log_event(LOG_started, "thread=%s i=%d", (const char *)argument, i);
    return NULL;
}

static void threads_do_not_mix_lines(void **state)
{
    (void)state;
    char text[16384];
    pthread_t threads[4];
    static char names[4][2] = {"a", "b", "c", "d"};
    capture();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    captured(text, sizeof(text));
    int lines = 0;
    for (char *line = text; *line != '\0'; lines++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        char thread;
        int i;
        assert_int_equal(sscanf(line + 24, " INFO started thread=%c i=%d\n", &thread, &i), 2);
        line = end + 1;
    }
    assert_int_equal(lines, 48);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line),
        cmocka_unit_test(nobody_reads_the_log),
        cmocka_unit_test(levels),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(an_unquoted_value_cannot_forge_a_line),
        cmocka_unit_test(quotes),
        cmocka_unit_test(quotes_are_cut_to_fit),
        cmocka_unit_test(threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
