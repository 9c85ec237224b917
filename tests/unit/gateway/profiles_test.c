/* The files under config/gateways/, each against callbacks that were signed without our code: by
 * Python's hmac, hashlib and cryptography and OpenSSL's command line, by the rule in the gateway's
 * documentation (vectors/NAME.txt). A file of one side without the other is a failure. */
#include "gateway/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

#include <dirent.h>

enum { FILE_BYTES_MAX = 65536, TOKENS_BYTES_MAX = 2048 };

static const char *const events[] = {
    [PAYMENT_PAID] = "paid",
    [PAYMENT_REFUNDED] = "refunded",
    [PAYMENT_CHARGED_BACK] = "charged_back",
    [PAYMENT_REINSTATED] = "reinstated",
    [PAYMENT_PARTLY_REFUNDED] = "partly_refunded",
    [PAYMENT_REFUND_FAILED] = "refund_failed",
};

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = malloc(FILE_BYTES_MAX);

    if (!file)
        fail_msg("%s is not there", path);
    size_t len = fread(text, 1, FILE_BYTES_MAX - 1, file);
    assert_int_equal(fclose(file), 0);
    text[len] = '\0';
    return text;
}

/* Takes a line, without its end, off the front of rest. */
static char *take_line(char **rest)
{
    char *line = *rest;
    char *end = strchr(line, '\n');

    assert_non_null(end);
    *end = '\0';
    *rest = end + 1;
    return line;
}

/* The rest of a line that begins so. */
static char *take_word(char **rest, const char *word)
{
    char *line = take_line(rest);
    size_t len = strlen(word);

    if (strncmp(line, word, len) != 0 || line[len] != ' ')
        fail_msg("\"%s\" should begin with \"%s \"", line, word);
    return line + len + 1;
}

static struct config *load(const char *path, const char *env)
{
    char name[64];
    const char *equals = strchr(env, '=');
    struct config *config;
    struct buf errors;

    assert_true(slice_copy(slice_of(env, (size_t)(equals - env)), name, sizeof(name)));
    assert_int_equal(setenv(name, equals + 1, 1), 0);
    buf_init(&errors, FILE_BYTES_MAX);
    if (config_load(path, &config, &errors))
        fail_msg("%.*s", SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
    assert_int_equal(config->gateway_count, 1);
    return config;
}

static size_t take_headers(char **rest, struct http_header *out, size_t max)
{
    size_t count = 0;
    char *line;

    while (*(line = take_line(rest)) != '\0') {
        char *colon = strstr(line, ": ");
        assert_non_null(colon);
        assert_true(count < max);
        out[count].name = slice_of(line, (size_t)(colon - line));
        out[count++].value = slice_from(colon + 2);
    }
    return count;
}

/* Each blank-separated token of expected is one of got's. */
static void compare(const char *path, const char *expected, const char *got)
{
    while (*expected != '\0') {
        size_t len = strcspn(expected, " ");
        const char *at = got;
        while ((at = strchr(at, ' ')) != NULL &&
               !(strncmp(at + 1, expected, len) == 0 && (at[1 + len] == ' ' || !at[1 + len])))
            at++;
        if (!at)
            fail_msg("%s: expected %.*s, got%s", path, (int)len, expected, got);
        expected += len + (expected[len] == ' ');
    }
}

static void check_vector(const char *path, const char *vectors, char *text)
{
    struct config *config = load(path, take_word(&text, "env"));
    uint64_t at_ms = strtoull(take_word(&text, "at"), NULL, 10);
    const char *expected = take_word(&text, "expect");
    struct http_header headers[16];
    struct payment_event event;
    char got[TOKENS_BYTES_MAX];

    char *method = take_line(&text);
    char *target = strchr(method, ' ');
    *target++ = '\0';
    size_t path_len = strcspn(target, "?");
    size_t header_count = take_headers(&text, headers, COUNT(headers));
    size_t body_len = strlen(text);
    assert_true(body_len > 0 && text[body_len - 1] == '\n'); /* the file's */
    const struct gateway_request request = {
        .method = slice_from(method),
        .path = slice_of(target, path_len),
        .query = slice_from(target[path_len] == '?' ? target + path_len + 1 : ""),
        .headers = headers,
        .header_count = header_count,
        .body = slice_of(text, body_len - 1),
        .now_ms = at_ms,
    };
    struct gateway *gateway = open_gateway(&config->gateways[0]);
    enum gateway_verdict verdict = gateway_judge(gateway, &request, &event);
    (void)snprintf(got, sizeof(got),
                   " %s %s payment=%s event=%s member=%lld plan=%s order=%s part=%s amount=%lld "
                   "currency=%s",
                   gateway_verdict_name(verdict),
                   verdict == GATEWAY_accepted ? events[event.kind] : "", event.payment_id,
                   event.event_id, (long long)event.telegram_id, event.plan, event.order_id,
                   event.part_id, (long long)event.amount, event.currency);
    compare(vectors, expected, got);
    assert_true(config_gateway_takes_form(&config->gateways[0]) ||
                slice_is(request.method, "POST"));
    gateway_destroy(&gateway);
    config_destroy(&config);
}

static void check_file(const char *name)
{
    char path[512], vectors[512];

    (void)snprintf(path, sizeof(path), "config/gateways/%s.yaml", name);
    (void)snprintf(vectors, sizeof(vectors), "tests/unit/gateway/vectors/%s.txt", name);
    char *text = read_file(vectors);
    for (char *at = text, *next; at; at = next) {
        next = strstr(at, "\n%%%\n");
        if (next) {
            next[1] = '\0';
            next += strlen("\n%%%\n");
        }
        check_vector(path, vectors, at);
    }
    free(text);
}

/* Stars have no callbacks, and so no vectors; the file itself is loaded as the others are. */
static const char without_callbacks[] = "stars";

/* Calls check_file for each file of folder, whose names end in ending. */
static size_t walk(const char *folder, const char *ending)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.')
            continue;
        if (!dot || strcmp(dot, ending) != 0)
            fail_msg("%s/%s: what is it?", folder, entry->d_name);
        *dot = '\0';
        if (strcmp(entry->d_name, without_callbacks) == 0) {
            struct config *config = load("config/gateways/stars.yaml", "USHER_X=x");
            assert_false(config_gateway_calls(&config->gateways[0]));
            config_destroy(&config);
            continue;
        }
        check_file(entry->d_name);
        count++;
    }
    assert_int_equal(closedir(dir), 0);
    return count;
}

static void test_files(void **state)
{
    (void)state;
    assert_int_equal(setenv("USHER_ADMIN_TOKEN", "0123456789abcdef", 1), 0);
    assert_int_equal(setenv("USHER_BOT_TOKEN", "123456:ABC-def", 1), 0);
    size_t files = walk("config/gateways", ".yaml");
    assert_true(files >= 15);
    assert_int_equal(walk("tests/unit/gateway/vectors", ".txt"), files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
