/* usher: one binary, its verbs in a table. */
#include "actors/actors.h"
#include "cli/cli.h"
#include "cli/demo/demo.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

static const struct verb {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} verbs[] = {
    {"run", cli_run, "run usher"},
    {"check", cli_check, "check a configuration and say all that is wrong"},
    {"init", cli_init, "write a configuration to start from"},
    {"demo", cli_demo, "watch a flash sale against a simulated Telegram"},
    {"keys", cli_keys, "make keys for links between hosts"},
    {"member", cli_member, "show what a member has"},
    {"order", cli_order, "create, show and list orders"},
    {"payment", cli_payment, "show, list and settle payments"},
    {"plan", cli_plan, "say how long Telegram's limits let a sale take"},
    {"broadcast", cli_broadcast, "say something to all members, or to those of a plan"},
    {"clock", cli_clock, "show the test clock, move it forward"},
    {"queue", cli_queue, "list deliveries, release those that are held or dead"},
    {"mirror", cli_mirror, "say how far the copy in SQLite is, or have it made anew"},
    {"report", cli_report, "put a question in SQL to the mirror"},
    {"journal", cli_journal, "print, verify or trim the journal"},
    {"backup", cli_backup, "copy journal and state, while usher runs"},
    {"verify", cli_verify, "check that everything stored is undamaged"},
    {"version", cli_version, "print the version"},
};

static void print_help(FILE *out)
{
    fputs("usage: usher VERB [OPTIONS]\n\n", out);
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        fprintf(out, "  %-9s  %s\n", verbs[i].name, verbs[i].summary);
    fputs("\nusher VERB --help tells more.\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return CLI_DONE;
    }
    if (strcmp(argv[1], "--version") == 0)
        argv[1] = "version";
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    fprintf(stderr, "usher: \"%s\" is no verb\n", argv[1]);
    print_help(stderr);
    return CLI_USAGE;
}
