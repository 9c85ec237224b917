/* usher keys: CURVE pairs for links between hosts; see topology.h for what they are for. */
#include "actors/actors.h"
#include "actors/curve.h"
#include "cli/cli.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: usher keys DIR NAME...\n"
    "\n"
    "Makes a key pair NAME, NAME_secret in DIR for each NAME. The pair \"server\" belongs to the "
    "bound ends\n"
    "of tcp links; every host has a pair of its own beside it. Give each host the folder curve_dir "
    "with the\n"
    "public keys of all, its own secret, and, where links are bound, server_secret.\n";

static bool name_ok(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    size_t len = strlen(name);
    return len >= 1 && len <= 64 && strspn(name, letters) == len && name[0] != '.' &&
           strstr(name, "_secret") == NULL;
}

int cli_keys(int argc, char **argv)
{
    struct cli_common common;
    struct why why = {""};

    int code = cli_common_parse(&common, argc, argv, 2, INT_MAX, usage);
    if (code != CLI_GO_ON)
        return code;
    const char *directory = argv[optind++];
    for (int i = optind; i < argc; i++)
        if (!name_ok(argv[i]))
            return cli_usage_error(usage, "keys: \"%s\" is not a usable name", argv[i]);
    for (int i = optind; i < argc; i++) {
        if (curve_make(directory, argv[i], &why) != ERROR_NONE) {
            fprintf(stderr, "usher: %s\n", why.text);
            return CLI_FAILED;
        }
        printf("%s/%s\n%s/%s_secret\n", directory, argv[i], directory, argv[i]);
    }
    return CLI_DONE;
}
