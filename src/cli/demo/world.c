#include "cli/demo/world.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/prng.h"
#include "http/fetch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    START_MS = 20000,
    STOP_MS = 30000,
    ANSWER_BYTES_MAX = 64 << 20,
    REQUEST_MS = 10000,
    SECRET_BYTES = 24
};

const int64_t world_chat_ids[WORLD_GROUPS] = {-1001000000001, -1001000000002};
const char *const world_plans[WORLD_PLANS] = {"starter", "core"};

static const char yaml[] =
    "data_dir: ./var\n"
    "http: {listen: \"127.0.0.1:0\", public_url: \"https://club.example\"}\n"
    "admin: {token: \"%s\"}\n"
    "community: {name: Trade Club, timezone: Asia/Shanghai, language: en,\n"
    "            removals_per_hour: 10000}\n"
    "bots:\n"
    "  - {name: main, token: \"%s\", api_url: \"http://127.0.0.1:%u\", updates: polling}\n"
    "groups:\n"
    "  - {name: starter, bot: main, chat_id: -1001000000001, invite: join_request, title: "
    "Starter}\n"
    "  - {name: core, bot: main, chat_id: -1001000000002, invite: one_time_link, title: Core}\n"
    "plans:\n"
    "  - name: starter\n"
    "    groups: [starter]\n"
    "    prices: [{amount: \"9.00\", currency: USD, period: 1 month}]\n"
    "  - name: core\n"
    "    groups: [starter, core]\n"
    "    prices: [{amount: \"29.00\", currency: USD, period: 1 month}]\n"
    "    welcome:\n"
    "      text: \"Welcome, {{name}}! Your {{plan}} runs until {{until}}.\"\n"
    "      resources: [\"https://example.org/starter-pack.pdf\"]\n"
    "orders: {expire: 1 hour}\n"
    "points: {checkin: {base: 10, step: 2, step_max: 6}}\n"
    "gateways:\n"
    "  - {name: stripe, kind: stripe, secrets: [\"whsec_%s\"]}\n"
    "  - {name: standard, kind: standard_webhooks, secrets: [\"whsec_%s\"]}\n"
    "  - name: ime\n"
    "    kind: hmac\n"
    "    secrets: [\"%s\"]\n"
    "    hmac:\n"
    "      algorithm: sha256\n"
    "      key: utf8\n"
    "      signature: {header: X-iMe-Signature, format: kv, field: v1, encoding: hex}\n"
    "      timestamp: {field: t, unit: s, tolerance: 5 minutes}\n"
    "      signed: \"{timestamp}.{body}\"\n"
    "      event_id: {header: X-iMe-Event-Id}\n"
    "      map:\n"
    "        kind: {pointer: /type, values: {payment.succeeded: paid, payment.refunded: "
    "refunded}}\n"
    "        payment_id: /data/payment_id\n"
    "        telegram_id: /data/telegram_id\n"
    "        plan: /data/plan\n"
    "        order_id: /data/order_id\n"
    "        amount: /data/amount\n"
    "        currency: /data/currency\n";

static enum error start_sim(struct world *world, const char *bot_token, struct why *why);
static enum error write_config(struct world *world, const char *bot_token, struct why *why);
static enum error start_usher(struct world *world, struct why *why);
static enum error program_path(const char *name, char *out, size_t out_size, struct why *why);
static pid_t spawn(char *const argv[], int out, int errors);
static enum error wait_ready(struct world *world, struct why *why);
static bool read_port(const char *path, const char *before, unsigned *port);
static enum error fetch_json(const char *method, const char *url, const char *token,
                             struct slice body, cJSON **answer, struct why *why);
static bool end_process(pid_t *pid);
static void remove_folder(const char *path);
static void secret_base64(char out[64]);

enum error world_start(struct world *world, struct why *why)
{
    *world = (struct world){0};
    char bot_token[96];
    char secret[64];
    secret_base64(secret);
    for (char *at = secret; *at != 0; at++) /* a token knows neither + nor / nor = */
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at == '=' ? 'A' : *at;
    (void)snprintf(bot_token, sizeof bot_token, "7000000001:%s", secret);
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/usher-demo-XXXXXX");
    if (mkdtemp(world->folder) == NULL) {
        world->folder[0] = 0;
        return why_set(why, ERROR_IO, "/tmp: no folder can be made there: %s", strerror(errno));
    }
    enum error error = start_sim(world, bot_token, why);
    if (error == ERROR_NONE)
        error = write_config(world, bot_token, why);
    for (size_t i = 0; error == ERROR_NONE && i < WORLD_GATEWAYS; i++)
        error = gateway_new(&world->config->gateways[i], &world->gateways[i], why);
    if (error == ERROR_NONE)
        error = start_usher(world, why);
    return error == ERROR_NONE ? wait_ready(world, why) : error;
}

bool world_stop(struct world *world, bool keep)
{
    bool drained = end_process(&world->usher);
    (void)end_process(&world->sim);
    for (size_t i = 0; i < WORLD_GATEWAYS; i++)
        gateway_destroy(&world->gateways[i]);
    config_destroy(&world->config);
    if (!keep && world->folder[0] != 0)
        remove_folder(world->folder);
    return drained;
}

enum error world_users(struct world *world, int64_t first, uint32_t count, const char *language,
                       double forward, struct why *why)
{
    char url[96];
    char body[512];
    cJSON *answer = NULL;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/users", world->sim_port);
    int len = snprintf(body, sizeof body,
                       "{\"range\":{\"from\":%lld,\"count\":%u},\"language_code\":\"%s\","
                       "\"first_name\":\"Ada\",\"spread_ms\":2000,"
                       "\"behaviour\":{\"follow\":1,\"forward\":%.2f,\"delay_ms\":[200,1500]}}",
                       (long long)first, count, language, forward);
    enum error error = fetch_json("POST", url, NULL, slice_of(body, (size_t)len), &answer, why);
    cJSON_Delete(answer);
    return error;
}

enum error world_report(struct world *world, cJSON **report, struct why *why)
{
    char url[96];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/report", world->sim_port);
    return fetch_json("GET", url, NULL, SLICE(""), report, why);
}

enum error world_see(struct world *world, struct world_sight *sight, struct why *why)
{
    char url[96];
    cJSON *report = NULL;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/report?users=0", world->sim_port);
    *sight = (struct world_sight){0};
    enum error error = fetch_json("GET", url, NULL, SLICE(""), &report, why);
    if (error != ERROR_NONE)
        return error;
    int64_t number = 0;
    if (json_i64(json_member(report, "call_count"), &number))
        sight->calls = (uint64_t)number;
    if (json_i64(json_member(report, "violation_count"), &number))
        sight->violations = (uint64_t)number;
    const cJSON *chat;
    cJSON_ArrayForEach(chat, json_member(report, "chats"))
    {
        int64_t id = 0;
        for (size_t i = 0; json_i64(json_member(chat, "id"), &id) && i < WORLD_GROUPS; i++)
            if (id == world_chat_ids[i])
                sight->inside[i] = (uint64_t)cJSON_GetArraySize(json_member(chat, "members"));
    }
    cJSON_Delete(report);
    return ERROR_NONE;
}

enum error world_ask(struct world *world, const char *path, cJSON **answer, struct why *why)
{
    char url[256];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/api/v1/%s", world->http_port, path);
    return fetch_json("GET", url, world->token, SLICE(""), answer, why);
}

enum error world_tell(struct world *world, const char *path, struct slice body, cJSON **answer,
                      struct why *why)
{
    char url[256];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/api/v1/%s", world->http_port, path);
    return fetch_json("POST", url, world->token, body, answer, why);
}

enum error world_say(struct world *world, int64_t user, const char *text, struct why *why)
{
    char url[96];
    char body[128];
    cJSON *answer = NULL;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/user/%lld/say", world->sim_port,
                   (long long)user);
    int len = snprintf(body, sizeof body, "{\"text\":\"%s\"}", text);
    enum error error = fetch_json("POST", url, NULL, slice_of(body, (size_t)len), &answer, why);
    json_free(&answer);
    return error;
}

enum error world_press(struct world *world, int64_t user, const char *text, bool *pressed,
                       struct why *why)
{
    char url[96];
    char body[128];
    cJSON *answer = NULL;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/user/%lld/press", world->sim_port,
                   (long long)user);
    int len = snprintf(body, sizeof body, "{\"text\":\"%s\"}", text);
    enum error error = fetch_json("POST", url, NULL, slice_of(body, (size_t)len), &answer, why);
    json_free(&answer);
    *pressed = error == ERROR_NONE;
    return error == ERROR_INVALID ? ERROR_NONE : error; /* there is no such button yet */
}

enum error world_page(struct world *world, const char *path, struct buf *html, struct why *why)
{
    char url[256];
    struct why cause = {""};
    unsigned status;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", world->http_port, path);
    const struct fetch fetch = {.method = "GET", .url = url, .timeout_ms = REQUEST_MS};
    enum error error = fetch_run(&fetch, &status, html, &cause);
    buf_append_u8(html, 0);
    if (error == ERROR_NONE && status != 200)
        error = why_set(&cause, ERROR_INVALID, "status %u", status);
    if (error == ERROR_NONE && html->failed)
        error = why_set(&cause, ERROR_TOO_LARGE, "%s", error_text(ERROR_TOO_LARGE));
    return error == ERROR_NONE ? error : why_set(why, error, "GET %s: %.200s", url, cause.text);
}

enum error world_messages(struct world *world, int64_t user, cJSON **answer, struct why *why)
{
    char url[96];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/sim/messages?chat=%lld", world->sim_port,
                   (long long)user);
    return fetch_json("GET", url, NULL, SLICE(""), answer, why);
}

bool world_inside(const cJSON *report, size_t group, int64_t user)
{
    const cJSON *chat;
    const cJSON *member;
    cJSON_ArrayForEach(chat, json_member(report, "chats"))
    {
        int64_t id = 0;
        if (!json_i64(json_member(chat, "id"), &id) || id != world_chat_ids[group])
            continue;
        cJSON_ArrayForEach(member, json_member(chat, "members"))
        {
            if (json_i64(json_member(member, "user_id"), &id) && id == user)
                return true;
        }
    }
    return false;
}

static enum error start_sim(struct world *world, const char *bot_token, struct why *why)
{
    char path[512];
    char bot[128];
    char log_path[128];
    char chats[WORLD_GROUPS][32];
    enum error error = program_path("telegram-sim", path, sizeof path, why);
    if (error != ERROR_NONE)
        return error;
    (void)snprintf(bot, sizeof bot, "%s,trade_club_bot", bot_token);
    (void)snprintf(log_path, sizeof log_path, "%s/telegram-sim.log", world->folder);
    for (size_t i = 0; i < WORLD_GROUPS; i++)
        (void)snprintf(chats[i], sizeof chats[i], "%lld", (long long)world_chat_ids[i]);
    int log_file = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_file < 0)
        return why_set(why, ERROR_IO, "%s: %s", log_path, strerror(errno));
    char *argv[] = {path,     "--port", "0",      "--bot",  bot,
                    "--chat", chats[0], "--chat", chats[1], NULL};
    world->sim = spawn(argv, log_file, log_file);
    (void)close(log_file);
    if (world->sim < 0)
        return why_set(why, ERROR_IO, "%s: %s", path, strerror(errno));
    uint64_t deadline_ms = clock_mono_ms() + START_MS;
    while (!read_port(log_path, "listening 127.0.0.1:", &world->sim_port)) {
        if (clock_mono_ms() > deadline_ms || waitpid(world->sim, NULL, WNOHANG) == world->sim)
            return why_set(why, ERROR_TIMEOUT, "telegram-sim did not start; see %s", log_path);
        (void)usleep(20000);
    }
    return ERROR_NONE;
}

static enum error write_config(struct world *world, const char *bot_token, struct why *why)
{
    char path[128];
    char secrets[WORLD_GATEWAYS][64];
    for (size_t i = 0; i < WORLD_GATEWAYS; i++)
        secret_base64(secrets[i]);
    secret_base64(world->token);
    (void)snprintf(path, sizeof path, "%s/usher.yaml", world->folder);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (file == NULL)
        return why_set(why, ERROR_IO, "%s: %s", path, strerror(errno));
    bool written = fprintf(file, yaml, world->token, bot_token, world->sim_port, secrets[0],
                           secrets[1], secrets[2]) > 0;
    if (fclose(file) != 0 || !written)
        return why_set(why, ERROR_IO, "%s: %s", path, strerror(errno));
    struct buf errors;
    buf_init(&errors, 65536);
    enum error error = config_load(path, &world->config, &errors);
    if (error != ERROR_NONE)
        (void)why_set(why, error, "%.*s", SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
    return error;
}

static enum error start_usher(struct world *world, struct why *why)
{
    char path[512];
    char config_path[128];
    char log_path[128];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return why_set(why, ERROR_IO, "/proc/self/exe: %s", strerror(errno));
    path[len] = 0;
    (void)snprintf(config_path, sizeof config_path, "%s/usher.yaml", world->folder);
    (void)snprintf(log_path, sizeof log_path, "%s/usher.log", world->folder);
    int log_file = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_file < 0)
        return why_set(why, ERROR_IO, "%s: %s", log_path, strerror(errno));
    char *argv[] = {path, "run", "--config", config_path, NULL};
    world->usher = spawn(argv, log_file, log_file);
    (void)close(log_file);
    return world->usher < 0 ? why_set(why, ERROR_IO, "%s: %s", path, strerror(errno)) : ERROR_NONE;
}

static enum error wait_ready(struct world *world, struct why *why)
{
    char log_path[128];
    char url[96];
    (void)snprintf(log_path, sizeof log_path, "%s/usher.log", world->folder);
    struct buf answer;
    buf_init(&answer, 65536);
    unsigned status = 0;
    uint64_t deadline_ms = clock_mono_ms() + START_MS;
    while (status != 200 && clock_mono_ms() < deadline_ms &&
           waitpid(world->usher, NULL, WNOHANG) != world->usher) {
        (void)usleep(50000);
        if (!read_port(log_path, " http=127.0.0.1:", &world->http_port))
            continue;
        (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/readyz", world->http_port);
        struct fetch fetch = {.method = "GET", .url = url, .timeout_ms = REQUEST_MS};
        (void)fetch_run(&fetch, &status, &answer, NULL);
    }
    buf_deinit(&answer);
    return status == 200
               ? ERROR_NONE
               : why_set(why, ERROR_TIMEOUT, "usher did not become ready; see %s", log_path);
}

/* A program that was built or installed beside this one. */
static enum error program_path(const char *name, char *out, size_t out_size, struct why *why)
{
    ssize_t len = readlink("/proc/self/exe", out, out_size - 1);
    if (len <= 0)
        return why_set(why, ERROR_IO, "/proc/self/exe: %s", strerror(errno));
    out[len] = 0;
    char *slash = strrchr(out, '/');
    size_t room = out_size - (size_t)(slash + 1 - out);
    if ((size_t)snprintf(slash + 1, room, "%s", name) >= room || access(out, X_OK) != 0)
        return why_set(why, ERROR_NOT_FOUND,
                       "%s: the simulator is not beside usher; `make` and `make install` put it "
                       "there",
                       out);
    return ERROR_NONE;
}

/* A child that ends with us, whatever happens to us. */
static pid_t spawn(char *const argv[], int out, int errors)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(127);
    (void)setpgid(0, 0); /* a Ctrl-C is for the demo, which then stops its children in order */
    if (dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
        _exit(127);
    (void)execv(argv[0], argv);
    _exit(127);
}

/* The number behind the last occurrence of before in a file. */
static bool read_port(const char *path, const char *before, unsigned *port)
{
    FILE *file = fopen(path, "r");
    char line[1024];
    bool found = false;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, before);
        if (at != NULL && strchr(line, '\n') != NULL) {
            *port = (unsigned)strtoul(at + strlen(before), NULL, 10);
            found = *port != 0;
        }
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

static enum error fetch_json(const char *method, const char *url, const char *token,
                             struct slice body, cJSON **answer, struct why *why)
{
    char authorization[128];
    const char *headers[] = {authorization, NULL};
    struct buf bytes;
    struct why cause = {""};
    unsigned status;
    (void)snprintf(authorization, sizeof authorization, "Authorization: Bearer %s",
                   token != NULL ? token : "");
    struct fetch fetch = {.method = method,
                          .url = url,
                          .headers = token != NULL ? headers : NULL,
                          .body = body,
                          .timeout_ms = REQUEST_MS};
    buf_init(&bytes, ANSWER_BYTES_MAX);
    *answer = NULL;
    enum error error = fetch_run(&fetch, &status, &bytes, &cause);
    if (error == ERROR_NONE && status / 100 != 2)
        error = why_set(&cause, ERROR_INVALID, "status %u", status);
    if (error == ERROR_NONE)
        error = json_parse(buf_slice(&bytes), ANSWER_BYTES_MAX, 16, answer, &cause);
    if (error != ERROR_NONE)
        (void)why_set(why, error, "%s %s: %.200s", method, url, cause.text);
    buf_deinit(&bytes);
    return error;
}

/* True when the process ended by itself with 0 after SIGTERM. */
static bool end_process(pid_t *pid)
{
    int status = -1;
    if (*pid <= 0)
        return false;
    (void)kill(*pid, SIGTERM);
    uint64_t deadline_ms = clock_mono_ms() + STOP_MS;
    pid_t ended;
    while ((ended = waitpid(*pid, &status, WNOHANG)) == 0 && clock_mono_ms() < deadline_ms)
        (void)usleep(20000);
    if (ended == 0) {
        (void)kill(*pid, SIGKILL);
        (void)waitpid(*pid, &status, 0);
    }
    *pid = 0;
    return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void remove_folder(const char *path)
{
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char inner[1024];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            (size_t)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name) >= sizeof inner)
            continue;
        if (lstat(inner, &info) == 0 && S_ISDIR(info.st_mode))
            remove_folder(inner);
        else
            (void)unlink(inner);
    }
    if (folder != NULL)
        (void)closedir(folder);
    (void)rmdir(path);
}

static void secret_base64(char out[64])
{
    uint8_t bytes[SECRET_BYTES];
    random_bytes(bytes, sizeof bytes);
    base64_encode(bytes, sizeof bytes, out, 64);
}
