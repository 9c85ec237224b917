#include "cli/doctor/doctor.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "http/fetch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 10000, OUTPUT_BYTES_MAX = 4 * 1024 * 1024, URL_BYTES_MAX = 1024 };

static const uint64_t skew_ms_max = 10000;

static const char usage[] =
    "usage: usher doctor [--url URL] [--config FILE] [--json]\n"
    "\n"
    "Looks at all that usher needs and does not hold itself, and says what is missing and how to\n"
    "mend it: each bot's token, webhook and rights in its groups; each gateway's keys, where it "
    "can\n"
    "be asked harmlessly; public_url and its certificate; the usher that runs; room and speed of "
    "the\n"
    "disk; this machine's clock; the mirror; the last backup. It changes nothing. Run it as the "
    "user\n"
    "that runs usher, whether that runs or not.\n"
    "\n"
    "  --url URL          where the running usher is reached (default: http.listen)\n"
    "  -c, --config FILE  the configuration (default $USHER_CONFIG,\n"
    "                  ./usher.yaml, /etc/usher/usher.yaml)\n"
    "  -j, --json         "
    "{\"ok\":...,\"findings\":[{\"health\",\"area\",\"thing\",\"found\",\"remedy\"}]}\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit codes: 0 nothing is missing, 1 something is, 2 wrong usage.\n";

static const char *const healths[] = {
    [HEALTH_FINE] = "fine", [HEALTH_NOTE] = "note", [HEALTH_MISSING] = "MISSING"};

static void look(struct doctor *doctor, const char *url);

int cli_doctor(int argc, char **argv)
{
    struct cli_common common;
    struct doctor doctor;
    struct buf out;
    const char *url = NULL;
    const struct cli_value values[] = {{"url", &url, NULL}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    struct config *config = cli_config_load(&common);
    if (config == NULL)
        return CLI_FAILED;
    buf_init(&out, OUTPUT_BYTES_MAX);
    code = CLI_FAILED;
    if (doctor_init(&doctor, config) == ERROR_NONE) {
        look(&doctor, url);
        (common.json ? doctor_print_json : doctor_print)(&doctor, &out);
        code = cli_print(&out);
        if (doctor_missing(&doctor) > 0)
            code = CLI_FAILED;
    } else {
        fprintf(stderr, "usher: %s\n", error_text(ERROR_MEMORY));
    }
    doctor_deinit(&doctor);
    buf_deinit(&out);
    config_destroy(&config);
    return code;
}

static void look(struct doctor *doctor, const char *url)
{
    struct why why;
    struct buf base;
    buf_init(&base, URL_BYTES_MAX);
    if (cli_base_url(doctor->config, url, &base, &why) == ERROR_NONE) {
        buf_append_u8(&base, 0);
        doctor->base_url = base.failed ? NULL : base.data;
    }
    doctor_machine(doctor);
    doctor_telegram(doctor);
    doctor_gateways(doctor);
    doctor_world(doctor);
    doctor->base_url = NULL;
    buf_deinit(&base);
}

enum error doctor_init(struct doctor *doctor, const struct config *config)
{
    *doctor = (struct doctor){.config = config};
    buf_init(&doctor->answer, DOCTOR_ANSWER_MAX);
    doctor->findings = calloc(DOCTOR_FINDINGS_MAX, sizeof(*doctor->findings));
    return doctor->findings == NULL ? ERROR_MEMORY : ERROR_NONE;
}

void doctor_deinit(struct doctor *doctor)
{
    free(doctor->findings);
    buf_deinit(&doctor->answer);
    doctor->findings = NULL;
    doctor->count = 0;
}

void doctor_say(struct doctor *doctor, enum health health, const char *area, const char *thing,
                const char *remedy, const char *format, ...)
{
    va_list args;
    if (doctor->count == DOCTOR_FINDINGS_MAX)
        return;
    struct finding *finding = &doctor->findings[doctor->count++];
    *finding = (struct finding){.health = health, .area = area, .remedy = remedy};
    snprintf(finding->thing, sizeof(finding->thing), "%s", thing);
    va_start(args, format);
    (void)vsnprintf(finding->found, sizeof(finding->found), format, args);
    va_end(args);
    for (char *at = finding->found; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
}

size_t doctor_missing(const struct doctor *doctor)
{
    size_t missing = 0;
    for (size_t i = 0; i < doctor->count; i++)
        missing += doctor->findings[i].health == HEALTH_MISSING;
    return missing;
}

void doctor_print(const struct doctor *doctor, struct buf *out)
{
    size_t missing = doctor_missing(doctor);
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        buf_printf(out, "%-7s  %-8s  %-20s  %s\n", healths[finding->health], finding->area,
                   finding->thing, finding->found);
        if (finding->remedy != NULL)
            buf_printf(out, "%-7s  %-8s  -> %s\n", "", "", finding->remedy);
    }
    if (missing == 0)
        buf_append_text(out, "nothing is missing\n");
    else
        buf_printf(out, "%zu missing\n", missing);
}

void doctor_print_json(const struct doctor *doctor, struct buf *out)
{
    buf_printf(out, "{\"ok\":%s,\"findings\":[", doctor_missing(doctor) == 0 ? "true" : "false");
    for (size_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        buf_printf(out, "%s{\"health\":\"%s\",\"area\":\"%s\",\"thing\":", i > 0 ? "," : "",
                   finding->health == HEALTH_MISSING ? "missing" : healths[finding->health],
                   finding->area);
        json_append_string(out, slice_from(finding->thing));
        buf_append_text(out, ",\"found\":");
        json_append_string(out, slice_from(finding->found));
        buf_append_text(out, ",\"remedy\":");
        if (finding->remedy == NULL)
            buf_append_text(out, "null");
        else
            json_append_string(out, slice_from(finding->remedy));
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]}\n");
}

/* A Date has whole seconds, and was written before it came here. */
static void hold_against_clock(struct doctor *doctor, const char *url, uint64_t date_ms)
{
    uint64_t now_ms = clock_real_ms();
    uint64_t apart_ms = date_ms > now_ms ? date_ms - now_ms : now_ms - date_ms;
    char host[80];
    const char *from = strstr(url, "://");
    from = from == NULL ? url : from + 3;
    snprintf(host, sizeof(host), "%.*s", (int)strcspn(from, "/"), from);
    for (size_t i = 0; i < doctor->count; i++)
        if (strcmp(doctor->findings[i].area, "clock") == 0 &&
            strcmp(doctor->findings[i].thing, host) == 0)
            return;
    bool right = apart_ms <= skew_ms_max;
    doctor_say(doctor, right ? HEALTH_FINE : HEALTH_MISSING, "clock", host,
               right ? NULL
                     : "set this machine's clock by NTP (apt-get install chrony): signatures of "
                       "gateways are refused by a wrong one",
               "this machine's clock is %" PRIu64 " s %s", apart_ms / 1000,
               date_ms > now_ms ? "behind" : "ahead");
}

unsigned doctor_fetch(struct doctor *doctor, const struct doctor_ask *ask, struct why *why)
{
    unsigned status = 0;
    uint64_t date_ms = 0;
    const struct fetch fetch = {.method = ask->method,
                                .url = ask->url,
                                .headers = ask->headers,
                                .content_type = ask->content_type,
                                .body = ask->body,
                                .timeout_ms = TIMEOUT_MS,
                                .date_ms = &date_ms};
    if (fetch_run(&fetch, &status, &doctor->answer, why) != ERROR_NONE)
        return 0;
    if (date_ms != 0)
        hold_against_clock(doctor, ask->url, date_ms);
    return status;
}
