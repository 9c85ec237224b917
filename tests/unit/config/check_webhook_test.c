#include "config/check_webhook.h"

#include "config/restart.h"
#include "example.h"

#define HOOKS                                                                                      \
    "webhooks:\n"                                                                                  \
    "  - {name: crm, url: \"https://example.org/in?k=1\", secret: "                                \
    "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\", events: [payment.*, member.known]}\n"             \
    "  - {name: own, url: \"http://127.0.0.1:99/\", secret: "                                      \
    "\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\", events: [\"*\"], keep: 0, give_up: 2 days}\n"

static char *with(const char *find, const char *replacement)
{
    char *hooks = text_with(HOOKS, find, replacement);
    char *all = text_with(example_yaml, "bots:\n", "bots:\n");
    char *yaml = malloc(strlen(hooks) + strlen(all) + 1);
    assert_non_null(yaml);
    snprintf(yaml, strlen(hooks) + strlen(all) + 1, "%s%s", all, hooks);
    free(hooks);
    free(all);
    return yaml;
}

static void assert_said(const char *find, const char *replacement, const char *wanted)
{
    char *yaml = with(find, replacement);
    char *errors = errors_of(yaml);
    if (strstr(errors, wanted) == NULL)
        fail_msg("instead of \"%s\": %s", wanted, errors);
    free(errors);
    free(yaml);
}

static struct config *parsed(const char *find, const char *replacement)
{
    struct config *config;
    struct buf errors;
    char *yaml = with(find, replacement);
    buf_init(&errors, 65536);
    assert_int_equal(config_parse(slice_from(yaml), EXAMPLE_NAME, &config, &errors), ERROR_NONE);
    buf_deinit(&errors);
    free(yaml);
    return config;
}

static void read_as_written(void **state)
{
    (void)state;
    struct config *config = parsed("crm", "crm");
    assert_int_equal(config->webhook_count, 2);
    const struct config_webhook *crm = &config->webhooks[0];
    assert_string_equal(crm->name, "crm");
    assert_string_equal(crm->url, "https://example.org/in?k=1");
    assert_int_equal(crm->event_count, 2);
    assert_string_equal(crm->events[1], "member.known");
    assert_int_equal(crm->keep_ms, 24 * 3600 * 1000);
    assert_int_equal(crm->give_up_ms, 3 * 24 * 3600 * 1000);
    assert_int_equal(config->webhooks[1].keep_ms, 0);
    config_destroy(&config);
}

/* Each is a reader of the news, behind the mirror. */
static void a_reader_each(void **state)
{
    struct buf catalog;
    struct message message;
    (void)state;
    struct config *config = parsed("crm", "crm");
    buf_init(&catalog, 65536);
    config_catalog(config, &catalog);
    struct slice rest = buf_slice(&catalog);
    assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
    assert_true(
        slice_is(message.catalog_community.readers, "mirror,webhook-crm,webhook-own,facts"));
    buf_deinit(&catalog);
    config_destroy(&config);
}

static void what_is_wrong(void **state)
{
    (void)state;
    assert_said("https://example.org/in?k=1", "http://example.org/",
                "webhooks[0].url: the value is not valid; expected an address that begins with "
                "https://");
    assert_said("https://example.org/in?k=1", "ftp://127.0.0.1/", "webhooks[0].url");
    assert_said("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "webhooks[0].secret");
    assert_said("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "expected whsec_ and 24 to 64 bytes in base64");
    assert_said("member.known", "payment.payed",
                "webhooks[0].events[1]: \"payment.payed\" is not valid; expected payment.*, "
                "payment.paid, payment.given_back");
    assert_said("member.known", "nobody.*", "expected *, member.*");
    assert_said("member.known", "paymnet.paid", "(did you mean payment.paid?)");
    assert_said("[payment.*, member.known]", "[]", "webhooks[0].events");
    assert_said("name: own", "name: crm", "webhooks[1].name: is the name of webhooks[0] too");
}

static void count_path(void *context, const char *path)
{
    (void)path;
    (*(size_t *)context)++;
}

static void a_change_needs_a_restart(void **state)
{
    static const char *const changes[][2] = {
        {"in?k=1", "in?k=2"},   {"whsec_MfKQ", "whsec_NfKQ"}, {"member.known", "member.left"},
        {", member.known", ""}, {"2 days", "1 day"},          {"crm", "other"}};
    (void)state;
    struct config *before = parsed("crm", "crm");
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        size_t count = 0;
        struct config *after = parsed(changes[i][0], changes[i][1]);
        assert_int_equal(restart_keys(before, after, count_path, &count), 1);
        assert_int_equal(count, 1);
        config_destroy(&after);
    }
    struct config *same = parsed("crm", "crm");
    assert_int_equal(restart_keys(before, same, NULL, NULL), 0);
    config_destroy(&same);
    config_destroy(&before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_as_written),
        cmocka_unit_test(a_reader_each),
        cmocka_unit_test(what_is_wrong),
        cmocka_unit_test(a_change_needs_a_restart),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
