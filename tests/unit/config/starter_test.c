#include "config/starter.h"

#include "example.h"

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be opened; the tests run in the repository's folder", path);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    size_t len = fread(text, 1, 65535, file);
    assert_true(len > 0 && len < 65535);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void is_the_file(void **state)
{
    (void)state;
    char *text = read_file("config/usher.yaml");
    if (strcmp(text, starter_text) != 0)
        fail_msg("config/usher.yaml and src/config/starter.c differ; see starter.h");
    free(text);
}

static void is_usable(void **state)
{
    (void)state;
    char *errors = errors_of(starter_text);
    assert_string_equal(errors, "");
    free(errors);
}

/* Also with every key that it only mentions in a comment. */
static void is_usable_in_full(void **state)
{
    (void)state;
    static const char *const optional[] = {
        "threads: 2",
        "connections_max: 4096",
        "parked_max: 16384",
        "body_max: 1 MiB",
        "peer_per_second: 1000",
        "peer_connections_max: 256",
        "trust_forwarded: false",
        "public_url: https:",
        "removals_per_hour: 100",
        "api_url: https:",
        "title: Starter",
        "link_ttl: 24 hours",
        "title: Core",
        "tolerance: 5",
        "order_id: /data",
        "amount_minor: false",
        "ack: ok",
        "topology:",
        "  links:",
        "    requests:",
        "  curve_dir:",
        "journal:",
        "  keep: 30 days",
        "  archive_keep: 400",
        "  facts_keep: 3650",
    };
    char *text = strdup(starter_text);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
        char commented[64];
        snprintf(commented, sizeof(commented), "# %s", optional[i]);
        char *at = strstr(text, commented);
        if (at == NULL)
            fail_msg("no %s", commented);
        memmove(at, at + 2, strlen(at + 2) + 1);
    }
    char *errors = errors_of(text);
    assert_string_equal(errors, "");
    free(errors);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_file),
        cmocka_unit_test(is_usable),
        cmocka_unit_test(is_usable_in_full),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
