#include "base/version.h"

#include "cli/cli.h"
#include "cli/verbs.h"

#include <stdio.h>

static const char usage[] = "usage: usher version [--json]\n";

int cli_version(int argc, char **argv)
{
    struct cli_common common;
    int code = cli_common_parse(&common, argc, argv, 0, 0, usage);
    if (code != CLI_GO_ON)
        return code;
    if (common.json)
        printf("{\"version\":\"%s\"}\n", version_text());
    else
        printf("usher %s\n", version_text());
    return CLI_DONE;
}
