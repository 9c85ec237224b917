/* usher: one binary, its verbs in a table. */
#include "actors/actors.h"
#include "cli/cli.h"
#include "cli/demo/demo.h"
#include "cli/ops.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

static const struct verb {
    const char *group; /* the heading above it; NULL: that of the one before */
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
    const char *own; /* " show list": what it knows itself, beside the modules' verbs of this name;
                        NULL: no module's */
} verbs[] = {
    {"The service", "run", cli_run, "run usher", NULL},
    {NULL, "check", cli_check, "check a configuration and say all that is wrong", NULL},
    {NULL, "doctor", cli_doctor, "say what is missing around usher, and how to mend it", NULL},
    {NULL, "init", cli_init, "write a configuration to start from", NULL},
    {NULL, "demo", cli_demo, "watch a flash sale against a simulated Telegram", NULL},
    {NULL, "keys", cli_keys, "make keys for links between hosts", NULL},
    {NULL, "status", cli_status, "count what is in the state", " show "},
    {NULL, "group", cli_group, "list what is known of the groups", " list "},
    {NULL, "plan", cli_plan, "say how long Telegram's limits let a sale take", NULL},
    {NULL, "console", cli_console, "print an address that logs in to the console, once", NULL},
    {NULL, "mcp", cli_mcp, "serve the API to an assistant, as tools of MCP", NULL},
    {NULL, "clock", cli_clock, "show the test clock, move it forward", NULL},
    {NULL, "version", cli_version, "print the version", NULL},
    {"Members and money", "member", cli_member, "show what a member has, import members",
     " show import "},
    {NULL, "order", cli_order, "create, show and list orders", " create show list "},
    {NULL, "gateway", cli_gateway, "list gateways, explain a callback, send a test callback",
     " list test trigger "},
    {NULL, "payment", cli_payment, "show, list and settle payments", " list show settle "},
    {"Messages", "broadcast", cli_broadcast, "say something to all members, or to those of a plan",
     " create list show cancel "},
    {NULL, "queue", cli_queue, "list deliveries, release those that are held or dead",
     " list release "},
    {"What is stored", "journal", cli_journal, "print, verify or trim the journal", NULL},
    {NULL, "audit", cli_audit, "list who did what, and why", NULL},
    {NULL, "mirror", cli_mirror, "say how far the copy in SQLite is, or have it made anew", NULL},
    {NULL, "facts", cli_facts, "print what happened, as far back as it is kept", NULL},
    {NULL, "webhooks", cli_webhooks, "say how far each webhook is, send again", NULL},
    {NULL, "report", cli_report, "put a question in SQL to the mirror", NULL},
    {NULL, "backup", cli_backup, "copy journal and state, while usher runs", NULL},
    {NULL, "restore", cli_restore, "put a backup back where usher finds it", NULL},
    {NULL, "verify", cli_verify, "check that everything stored is undamaged", NULL},
};
enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void print_help(FILE *out)
{
    size_t at = 0;
    struct route_view route;
    fputs("usage: usher VERB [OPTIONS]\n", out);
    for (size_t i = 0; i < VERBS; i++) {
        if (verbs[i].group != NULL)
            fprintf(out, "\n%s\n", verbs[i].group);
        fprintf(out, "  %-13s  %s\n", verbs[i].name, verbs[i].summary);
    }
    if (ops_next(&at, &route)) {
        fputs("\nTHING VERB of the running usher\n", out);
        ops_list(out);
    }
    fputs("\nusher VERB --help tells more.\n", out);
}

/* Does the verb itself know what it is asked, or is it a module's. */
static bool is_own(const struct verb *verb, int argc, char **argv)
{
    struct route_view route;
    char word[OPS_NAME_SIZE + 2];
    if (verb->own == NULL || argc < 3 || argv[2][0] == '-')
        return true;
    snprintf(word, sizeof(word), " %.*s ", OPS_NAME_SIZE - 1, argv[2]);
    return strstr(verb->own, word) != NULL || !ops_find(argv[1], argv[2], &route);
}

static int refuse(const char *word)
{
    const char *names[VERBS];
    char near[128];
    for (size_t i = 0; i < VERBS; i++)
        names[i] = verbs[i].name;
    ops_suggest_thing(word, names, VERBS, near, sizeof(near));
    fprintf(stderr, "usher: \"%s\" is no verb%s\n", word, near);
    print_help(stderr);
    return CLI_USAGE;
}

int main(int argc, char **argv)
{
    struct route_view route;
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
    for (size_t i = 0; i < VERBS; i++)
        if (strcmp(argv[1], verbs[i].name) == 0 && is_own(&verbs[i], argc, argv))
            return verbs[i].run(argc - 1, argv + 1);
    return ops_find(argv[1], NULL, &route) ? cli_ops(argc - 1, argv + 1) : refuse(argv[1]);
}
