/* usher plan: how long Telegram's limits let a sale take, by the budget that the notifier keeps
 * (telegram/bucket.h) run in virtual time. */
#include "cli/options.h"
#include "cli/verbs.h"
#include "courier/bucket.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <unistd.h>

static const char usage[] =
    "usage: usher plan --buyers N [--bots N] [--plan NAME] [--answer-ms N] [--config FILE] "
    "[--json]\n"
    "\n"
    "Says how long it takes until N buyers who pay in the same moment have their message and are "
    "in\n"
    "their groups: the calls to Telegram that each needs, at the rate that a bot may make them.\n"
    "\n"
    "  --buyers N      how many\n"
    "  --bots N        bots among which they are spread (default: those of the configuration, or "
    "1)\n"
    "  --plan NAME     what they buy (default: the plan that opens the most groups)\n"
    "  --answer-ms N   how long Telegram takes to answer a call (default 50)\n"
    "  --config FILE   default ./usher.yaml; without one, a plan with one join-request group\n";

enum { BUYERS_MAX = 10000000, BOTS_MAX = 1000, ANSWER_MS_MAX = 10000, TRANSIT_MS = 10000 };

struct plan {
    uint64_t buyers;
    uint64_t bots;
    uint64_t answer_ms;
    const char *name;    /* of the plan */
    uint32_t per_second; /* of one bot */
    uint64_t links;      /* calls a buyer, by what they do */
    uint64_t letters;
    uint64_t approvals;
    uint64_t revocations;
};

static int parse(struct plan *plan, int argc, char **argv, struct cli_common *common);
static int read_config(struct plan *plan, const struct cli_common *common);
static uint64_t drain_ms(const struct plan *plan, uint64_t calls);
static int print(const struct plan *plan, bool json);
static void say_time(const char *what, uint64_t ms);

int cli_plan(int argc, char **argv)
{
    struct plan plan = {.answer_ms = 50, .name = "", .per_second = 30, .letters = 1};
    struct cli_common common;
    int code = parse(&plan, argc, argv, &common);
    if (code == CLI_GO_ON)
        code = read_config(&plan, &common);
    return code == CLI_GO_ON ? print(&plan, common.json) : code;
}

static int parse(struct plan *plan, int argc, char **argv, struct cli_common *common)
{
    const char *buyers = NULL;
    const char *bots = NULL;
    const char *answer_ms = NULL;
    const struct cli_value values[] = {{"buyers", &buyers, NULL},
                                       {"bots", &bots, NULL},
                                       {"plan", &plan->name, NULL},
                                       {"answer-ms", &answer_ms, NULL},
                                       {0}};
    int code = cli_options(common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (buyers == NULL)
        return cli_usage_error(usage, "plan: --buyers is needed");
    bool good = cli_number("--buyers", buyers, 1, BUYERS_MAX, &plan->buyers) &&
                cli_number("--bots", bots, 1, BOTS_MAX, &plan->bots) &&
                cli_number("--answer-ms", answer_ms, 0, ANSWER_MS_MAX, &plan->answer_ms);
    return good && cli_operands_end(argc, argv, usage) ? CLI_GO_ON : CLI_USAGE;
}

/* What a buyer of the plan costs. Without a configuration: one group with a join-request link. */
static int read_config(struct plan *plan, const struct cli_common *common)
{
    const struct config_plan *bought = NULL;
    if (plan->name[0] == 0 && access(common->config_path, F_OK) != 0) {
        plan->bots = plan->bots == 0 ? 1 : plan->bots;
        plan->approvals = 1;
        return CLI_GO_ON;
    }
    struct config *config = cli_config_load(common);
    if (config == NULL)
        return CLI_FAILED;
    for (size_t i = 0; i < config->plan_count; i++) {
        const struct config_plan *candidate = &config->plans[i];
        bool named = strcmp(plan->name, candidate->name) == 0;
        if (named || (plan->name[0] == 0 &&
                      (bought == NULL || candidate->group_count > bought->group_count)))
            bought = candidate;
    }
    int code = bought != NULL ? CLI_GO_ON : CLI_FAILED;
    if (bought == NULL)
        (void)fprintf(stderr, "usher: plan: no plan \"%s\" is configured\n", plan->name);
    for (size_t i = 0; bought != NULL && i < bought->group_count; i++) {
        bool by_request = bought->groups[i]->invite == INVITE_JOIN_REQUEST;
        plan->approvals += by_request;
        plan->links += !by_request;
        plan->revocations += !by_request;
    }
    plan->bots = plan->bots == 0 ? config->bot_count : plan->bots;
    if (config->bot_count > 0)
        plan->per_second = config->bots[0].per_second;
    config_destroy(&config);
    return code;
}

/* The notifier's own budget, with so many calls waiting: when the last of them is answered. */
static uint64_t drain_ms(const struct plan *plan, uint64_t calls)
{
    struct bucket bucket;
    uint64_t now_ms = 1;
    uint64_t start_ms = now_ms;
    if (!bucket_init(&bucket, plan->per_second, 1000, TRANSIT_MS, start_ms, false))
        return 0;
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t ready_ms = bucket_ready_at(&bucket);
        now_ms = ready_ms > now_ms ? ready_ms : now_ms;
        uint32_t token = bucket_spend(&bucket, now_ms);
        bucket_settle(&bucket, token, now_ms, now_ms + plan->answer_ms);
    }
    bucket_deinit(&bucket);
    return now_ms - start_ms + plan->answer_ms;
}

static int print(const struct plan *plan, bool json)
{
    /* The bot with the most buyers is the last one. */
    uint64_t buyers = (plan->buyers + plan->bots - 1) / plan->bots;
    uint64_t calls = plan->links + plan->letters + plan->approvals + plan->revocations;
    uint64_t told_ms = drain_ms(plan, buyers * (plan->links + plan->letters));
    uint64_t inside_ms = drain_ms(plan, buyers * (calls - plan->revocations));
    uint64_t quiet_ms = drain_ms(plan, buyers * calls);
    if (json) {
        cJSON *out = cJSON_CreateObject();
        cJSON_AddNumberToObject(out, "buyers", (double)plan->buyers);
        cJSON_AddNumberToObject(out, "bots", (double)plan->bots);
        cJSON_AddNumberToObject(out, "calls_per_second", plan->per_second);
        cJSON_AddNumberToObject(out, "answer_ms", (double)plan->answer_ms);
        cJSON_AddNumberToObject(out, "calls_per_buyer", (double)calls);
        cJSON_AddNumberToObject(out, "calls", (double)(calls * plan->buyers));
        cJSON_AddNumberToObject(out, "last_message_seconds", (double)told_ms / 1000.0);
        cJSON_AddNumberToObject(out, "last_inside_seconds", (double)inside_ms / 1000.0);
        cJSON_AddNumberToObject(out, "drained_seconds", (double)quiet_ms / 1000.0);
        char *text = cJSON_PrintUnformatted(out);
        int code = text != NULL && puts(text) >= 0 ? CLI_DONE : CLI_FAILED;
        cJSON_free(text);
        cJSON_Delete(out);
        return code;
    }
    (void)printf(
        "buyers            %llu, over %llu bot%s of %u calls a second, answered in %llu ms\n",
        (unsigned long long)plan->buyers, (unsigned long long)plan->bots,
        plan->bots == 1 ? "" : "s", plan->per_second, (unsigned long long)plan->answer_ms);
    (void)printf("calls a buyer     %llu: %llu message, %llu link made, %llu approval%s, %llu link "
                 "revoked\n",
                 (unsigned long long)calls, (unsigned long long)plan->letters,
                 (unsigned long long)plan->links, (unsigned long long)plan->approvals,
                 plan->approvals == 1 ? "" : "s", (unsigned long long)plan->revocations);
    say_time("everybody told in", told_ms);
    say_time("and inside in", inside_ms);
    say_time("all done in", quiet_ms);
    (void)printf(
        "People who follow their links at once; approvals go first, so whoever clicks is in "
        "within a moment.\n");
    return CLI_DONE;
}

static void say_time(const char *what, uint64_t ms)
{
    uint64_t seconds = (ms + 999) / 1000;
    (void)printf("%-17s ", what);
    if (seconds >= 3600)
        (void)printf("%llu h ", (unsigned long long)(seconds / 3600));
    if (seconds >= 60)
        (void)printf("%llu min ", (unsigned long long)(seconds % 3600 / 60));
    (void)printf("%llu s\n", (unsigned long long)(seconds % 60));
}
