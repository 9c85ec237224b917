#include "base/clock.h"
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "mirror/mirror.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char usage[] =
    "usage: usher mirror status|rebuild [--config FILE] [--json]\n"
    "\n"
    "The mirror is a copy of what usher knows in one SQLite file (mirror.path in the "
    "configuration).\n"
    "status says how far it is. rebuild has it made anew: by the usher that runs, within a second, "
    "or at\n"
    "the next start.\n";

static int status(const struct cli_common *common, const struct config *config);
static int rebuild(const struct config *config);

int cli_mirror(int argc, char **argv)
{
    struct cli_common common;
    int code = cli_common_parse(&common, argc, argv, 1, 1, usage);
    if (code != CLI_GO_ON)
        return code;
    bool ask = strcmp(argv[optind], "status") == 0;
    if (!ask && strcmp(argv[optind], "rebuild") != 0)
        return cli_usage_error(usage, "mirror: say status or rebuild");
    struct config *config = cli_config_load(&common);
    if (config == NULL)
        return CLI_FAILED;
    if (!config->mirror_enabled) {
        fprintf(stderr, "usher: the mirror is turned off (mirror.enabled)\n");
        code = CLI_FAILED;
    } else {
        code = ask ? status(&common, config) : rebuild(config);
    }
    config_destroy(&config);
    return code;
}

static int status(const struct cli_common *common, const struct config *config)
{
    const struct message_query query = {.what = QUERY_STATUS, .text = SLICE("")};
    struct mirror_status standing;
    struct why why = {""};
    char time[32];
    int64_t applied = 0;
    cJSON *answer;

    enum error error = mirror_status(config->mirror_file, &standing, &why);
    if (error != ERROR_NONE) {
        fprintf(stderr, "usher: %s: %s\n", config->mirror_file, why.text);
        return CLI_FAILED;
    }
    int code = cli_ask(common, &query, &answer);
    if (code != CLI_DONE)
        return code;
    json_i64(json_member(answer, "applied"), &applied);
    json_free(&answer);
    int64_t behind = applied - (int64_t)standing.position;
    behind = behind < 0 ? 0 : behind; /* it has moved since we asked */
    clock_format_utc((int64_t)standing.at_ms, time, sizeof(time));
    if (common->json)
        printf(
            "{\"position\":%llu,\"applied\":%lld,\"behind\":%lld,\"whole\":%s,\"as_of\":\"%s\"}\n",
            (unsigned long long)standing.position, (long long)applied, (long long)behind,
            standing.whole ? "true" : "false", time);
    else
        printf("%s: command %llu of %lld, %lld behind, %s, as of %s\n", config->mirror_file,
               (unsigned long long)standing.position, (long long)applied, (long long)behind,
               standing.whole ? "whole" : "being built", time);
    return fflush(stdout) == 0 ? CLI_DONE : CLI_FAILED;
}

/* A file beside it says so: it works whether usher runs or not, and on whichever host the mirror
 * is. */
static int rebuild(const struct config *config)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof(path), "%s.rebuild", config->mirror_file);
    int fd = n > 0 && (size_t)n < sizeof(path)
                 ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
                 : -1;
    if (fd < 0 || close(fd) != 0) {
        perror(path);
        return CLI_FAILED;
    }
    puts("the mirror is made anew, by the usher that runs or at the next start");
    return CLI_DONE;
}
