/* The read model at size. A community of so many members lives through a year in a ledger of its
 * own (they write to the bot, pay, half of them by an order, pay again each month or end), and the
 * mirror follows its news: so the file is what usher would have made of it. Then each question of
 * the figures and each list of the console is asked --rounds times; the median is printed.
 *
 *     mirror --folder DIR [--members 100000] [--rounds 3] [--keep 0]
 *
 * With --keep 1 DIR/mirror.db stays, and a run that finds it there asks it alone. */
#include "base/clock.h"
#include "base/period.h"
#include "base/prng.h"
#include "bench/bench.h"
#include "ledger/ledger.h"
#include "mirror/periodic.h"
#include "mirror/lists.h"
#include "mirror/mirror.h"
#include "modules/order/order.h"

#include <sys/stat.h>

enum {
    BATCH = 65536,
    COMMANDS_BYTES_MAX = 64 << 20,
    NEWS_BYTES_MAX = 64 << 20,
    NEWS_BYTES = 4 << 20,
    ANSWER_BYTES_MAX = 8 << 20,
    STEPS = 73, /* of five days */
    MONTH_STEPS = 6,
    ROUNDS_MAX = 99,
    RENEWS = 70, /* of 100 */
    ID_FIRST = 1000001
};

#define STEP_MS  UINT64_C(432000000)
#define START_MS UINT64_C(1735689600000) /* 2025-01-01 */
#define BOUND_MS 600000

struct bench {
    struct store *store;
    struct ledger *ledger;
    struct mirror *mirror;
    struct effects effects;
    struct prng prng;
    uint64_t members, known, payments, orders;
    uint8_t *due;      /* by member: the step at which they pay again; 0: never */
    uint32_t *ordered; /* who placed an order in this step, in this order */
    size_t placed;
    uint64_t at_ms;
    struct buf commands, news;
    size_t ends[BATCH];
    size_t count;
};

static void open_all(struct bench *bench, const char *folder);
static void configure(struct bench *bench);
static void live(struct bench *bench, const char *path);
static void step(struct bench *bench, uint8_t now);
static void greet(struct bench *bench, uint64_t member);
static void pay(struct bench *bench, uint64_t member);
static void pay_orders(struct bench *bench);
static void add_payment(struct bench *bench, uint64_t member, const char *order_id);
static void add_order(struct bench *bench, uint64_t member);
static void tick(struct bench *bench);
static void add_outcomes(struct bench *bench);
static void add(struct bench *bench, const struct message *message);
static void run(struct bench *bench);
static void follow(struct bench *bench);
static void take_news(struct bench *bench, bool walk, struct buf *place);
static void ask_figures(const char *path, uint64_t now_ms, uint64_t rounds);
static void ask_lists(const char *path, uint64_t rounds);
static double time_list(struct database *database, const char *thing, const char *query,
                        uint64_t rounds, char *cursor, size_t cursor_size);
static double median_ms(uint64_t *us, uint64_t count);

int main(int argc, char **argv)
{
    static struct bench bench;
    char path[1024];
    struct mirror_status status;
    const char *folder = bench_text(argc, argv, "--folder", NULL);
    uint64_t rounds = bench_number(argc, argv, "--rounds", "3");
    bool keep = bench_number(argc, argv, "--keep", "0") != 0;
    bench.members = bench_number(argc, argv, "--members", "100000");
    if (bench.members < STEPS || rounds < 1 || rounds > ROUNDS_MAX)
        bench_die("%s: at least %d members, and 1 to %d rounds", argv[0], STEPS, ROUNDS_MAX);
    (void)snprintf(path, sizeof path, "%s/mirror.db", folder);
    if (mirror_status(path, &status, NULL) != ERROR_NONE) {
        open_all(&bench, folder);
        live(&bench, path);
        (void)mirror_status(path, &status, NULL);
    }
    (void)printf("{");
    if (bench.payments > 0) /* of a file that was kept nobody counted them */
        (void)printf("\"members\":%llu,\"payments\":%llu,", (unsigned long long)bench.members,
                     (unsigned long long)bench.payments);
    (void)printf("\"figures_ms\":{");
    ask_figures(path, status.at_ms, rounds);
    (void)printf("},\"lists_ms\":{");
    ask_lists(path, rounds);
    (void)printf("}}\n");
    if (!keep)
        (void)mirror_remove(path, NULL);
    return 0;
}

static void open_all(struct bench *bench, const char *folder)
{
    char path[1024];
    struct why why = {""};
    const struct store_options options = {.sync_lazily = true};
    buf_init(&bench->commands, COMMANDS_BYTES_MAX);
    buf_init(&bench->news, NEWS_BYTES_MAX);
    bench->prng.state = 5;
    bench->at_ms = START_MS;
    bench->due = calloc(bench->members, sizeof *bench->due);
    bench->ordered = calloc(bench->members, sizeof *bench->ordered);
    (void)snprintf(path, sizeof path, "%s/state", folder);
    if (bench->due == NULL || bench->ordered == NULL || mkdir(path, 0700) != 0 ||
        store_open(path, &options, &bench->store, &why) != ERROR_NONE ||
        ledger_open(bench->store, &bench->ledger, &why) != ERROR_NONE)
        bench_die("%s: %s (a folder that is new is needed)", path, why.text);
    configure(bench);
}

static void configure(struct bench *bench)
{
    const struct message messages[] = {
        {.kind = MESSAGE_catalog_community,
         .catalog_community = {.name = SLICE("Trade Club"),
                               .timezone = SLICE("Asia/Shanghai"),
                               .removals_per_hour = UINT32_MAX,
                               .readers = SLICE("mirror")}},
        {.kind = MESSAGE_catalog_bot, .catalog_bot = {SLICE("bot0")}},
        {.kind = MESSAGE_catalog_group,
         .catalog_group = {.name = SLICE("group0"),
                           .bot = SLICE("bot0"),
                           .chat_id = -1001000000001,
                           .link_ttl_ms = 1}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("starter")}},
        {.kind = MESSAGE_catalog_plan, .catalog_plan = {.name = SLICE("core")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {SLICE("starter"), SLICE("group0")}},
        {.kind = MESSAGE_catalog_plan_group,
         .catalog_plan_group = {SLICE("core"), SLICE("group0")}},
        {.kind = MESSAGE_catalog_price,
         .catalog_price = {SLICE("starter"), 900, SLICE("USD"), 1, 0}},
        {.kind = MESSAGE_catalog_price, .catalog_price = {SLICE("core"), 2900, SLICE("USD"), 1, 0}},
    };
    static const uint8_t hash[32] = {1};
    struct buf rows;
    buf_init(&rows, 65536);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        wire_encode(&rows, &messages[i]);
    const struct message message = {
        .kind = MESSAGE_cmd_configure,
        .cmd_configure = {slice_of(hash, sizeof hash), buf_slice(&rows)}};
    add(bench, &message);
    run(bench);
    buf_deinit(&rows);
}

/* The year, step by step, the mirror behind it. */
static void live(struct bench *bench, const char *path)
{
    struct why why = {""};
    struct buf place;
    uint64_t since;
    buf_init(&place, 640);
    if (mirror_open(path, &bench->mirror, &why) != ERROR_NONE ||
        ledger_news_since(bench->ledger, &since) != ERROR_NONE ||
        mirror_begin(bench->mirror, since, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    do
        take_news(bench, true, &place);
    while (place.len > 0);
    for (uint8_t now = 1; now <= STEPS; now++)
        step(bench, now);
    follow(bench);
    (void)mirror_rest(bench->mirror, NULL);
    mirror_close(&bench->mirror);
    ledger_close(&bench->ledger);
    store_close(&bench->store);
    buf_deinit(&place);
    buf_deinit(&bench->commands);
    buf_deinit(&bench->news);
    free(bench->effects.items);
    free(bench->due);
    free(bench->ordered);
}

static void step(struct bench *bench, uint8_t now)
{
    uint64_t until = bench->members * now / STEPS;
    bench->at_ms = START_MS + now * STEP_MS;
    tick(bench);
    for (; bench->known < until; bench->known++) {
        greet(bench, bench->known);
        bench->due[bench->known] = now;
    }
    for (uint64_t member = 0; member < bench->known; member++) {
        if (bench->due[member] != now)
            continue;
        pay(bench, member);
        bool again = prng_below(&bench->prng, 100) < RENEWS;
        bench->due[member] = again ? (uint8_t)(now + MONTH_STEPS) : 0;
    }
    pay_orders(bench);
    while (bench->count > 0)
        run(bench);
    follow(bench);
}

static int64_t id_of(uint64_t member)
{
    return (int64_t)(ID_FIRST + member * UINT64_C(2654435761) % UINT64_C(1000000007));
}

static void greet(struct bench *bench, uint64_t member)
{
    static const char *const sources[] = {"u_youtube", "u_tw", ""};
    char name[32];
    (void)snprintf(name, sizeof name, "Member %llu", (unsigned long long)member);
    const struct message message = {.kind = MESSAGE_cmd_said,
                                    .cmd_said = {.bot = SLICE("bot0"),
                                                 .update_id = member + 1,
                                                 .chat_id = id_of(member),
                                                 .telegram_id = id_of(member),
                                                 .name = slice_from(name),
                                                 .language = SLICE("en"),
                                                 .message_id = 1,
                                                 .module = MODULE_access,
                                                 .verb = SLICE("start"),
                                                 .arg = slice_from(sources[member % 3]),
                                                 .date_ms = bench->at_ms,
                                                 .seed = SLICE("0123456789abcdef")}};
    add(bench, &message);
}

/* Every other time by an order, which is placed first. */
static void pay(struct bench *bench, uint64_t member)
{
    if (bench->payments++ % 2 == 0) {
        add_payment(bench, member, "");
        return;
    }
    add_order(bench, member);
    bench->ordered[bench->placed++] = (uint32_t)member;
}

static void pay_orders(struct bench *bench)
{
    static struct order order;
    while (bench->count > 0)
        run(bench);
    for (size_t i = 0; i < bench->placed; i++) {
        enum error error = ledger_begin(bench->ledger);
        bool found = error == ERROR_NONE && order_by_serial(bench->ledger, ++bench->orders, &order);
        ledger_abort(bench->ledger);
        if (!found)
            bench_die("the order %llu is not there", (unsigned long long)bench->orders);
        add_payment(bench, bench->ordered[i], order.id);
    }
    bench->placed = 0;
}

static struct slice plan_of(uint64_t member)
{
    return member % 3 == 0 ? SLICE("core") : SLICE("starter");
}

static void add_payment(struct bench *bench, uint64_t member, const char *order_id)
{
    char payment_id[40];
    (void)snprintf(payment_id, sizeof payment_id, "pi_%016llx",
                   (unsigned long long)prng_next(&bench->prng));
    const struct message payment = {.kind = MESSAGE_cmd_payment,
                                    .cmd_payment = {.gateway = SLICE("ime"),
                                                    .event_id = slice_from(payment_id),
                                                    .payment_id = slice_from(payment_id),
                                                    .kind = PAYMENT_PAID,
                                                    .telegram_id = id_of(member),
                                                    .plan = plan_of(member),
                                                    .order_id = slice_from(order_id),
                                                    .occurred_ms = bench->at_ms,
                                                    .amount = member % 3 == 0 ? 2900 : 900,
                                                    .currency = SLICE("USD")}};
    add(bench, &payment);
}

static void add_order(struct bench *bench, uint64_t member)
{
    char bytes[512];
    uint64_t seed[2] = {prng_next(&bench->prng), prng_next(&bench->prng)};
    struct buf body = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    const struct order_create create = {.telegram_id = id_of(member),
                                        .plan = plan_of(member),
                                        .period = period_pack((struct period){1, 0})};
    shape_encode(&body, shape_order_create(), &create);
    const struct message message = {.kind = MESSAGE_cmd_act,
                                    .cmd_act = {SLICE("token"), WHO_OWNER, SLICE(""), SLICE(""),
                                                slice_of(seed, sizeof seed), buf_slice(&body)}};
    add(bench, &message);
}

/* Until no timer is due any more. */
static void tick(struct bench *bench)
{
    uint64_t due;
    while ((due = ledger_next_due(bench->ledger)) != 0 && due <= bench->at_ms) {
        const struct message message = {.kind = MESSAGE_cmd_tick, .cmd_tick = {due}};
        add(bench, &message);
        run(bench);
    }
    while (bench->count > 0)
        run(bench);
}

/* Of what the last batch let go; they go with what comes next. */
static void add_outcomes(struct bench *bench)
{
    for (size_t i = 0; i < bench->effects.count && bench->count < BATCH / 2; i++) {
        const struct effect *effect = &bench->effects.items[i];
        bool link = effect->kind == DELIVERY_create_link;
        if (!effect->ready)
            continue;
        const struct message outcome = {
            .kind = MESSAGE_cmd_outcome,
            .cmd_outcome = {.delivery = effect->delivery,
                            .lane = slice_from(effect->lane),
                            .result = OUTCOME_DONE,
                            .parts_count = 2,
                            .link = link ? SLICE("https://t.me/+AAAAAAAAAAAAAAAA") : SLICE("")}};
        add(bench, &outcome);
    }
}

static void add(struct bench *bench, const struct message *message)
{
    wire_encode(&bench->commands, message);
    if (bench->commands.failed)
        bench_die("out of memory for the commands");
    bench->ends[bench->count++] = bench->commands.len;
    if (bench->count == BATCH)
        run(bench);
}

static void run(struct bench *bench)
{
    unsigned result = RESULT_ok;
    size_t from = 0;
    enum error error = ledger_begin(bench->ledger);
    bench->effects.count = 0;
    for (size_t i = 0; i < bench->count && error == ERROR_NONE; from = bench->ends[i++]) {
        error = ledger_apply(bench->ledger, ledger_applied(bench->ledger) + 1, bench->at_ms,
                             slice_of(bench->commands.data + from, bench->ends[i] - from), &result,
                             &bench->effects);
        if (result != RESULT_ok && result != RESULT_granted && result != RESULT_not_pending)
            bench_die("a command was refused: %s", result_text(result));
    }
    if (error == ERROR_NONE)
        error = ledger_commit(bench->ledger);
    if (error != ERROR_NONE)
        bench_die("the ledger: %s", error_text(error));
    bench->count = 0;
    buf_clear(&bench->commands);
    add_outcomes(bench);
}

/* The mirror catches up, and what it has read may go. */
static void follow(struct bench *bench)
{
    while (mirror_position(bench->mirror) < ledger_applied(bench->ledger))
        take_news(bench, false, NULL);
    const struct message read = {
        .kind = MESSAGE_cmd_news_read,
        .cmd_news_read = {SLICE("mirror"), mirror_position(bench->mirror)}};
    add(bench, &read);
    run(bench);
}

static void take_news(struct bench *bench, bool walk, struct buf *place)
{
    struct why why = {""};
    struct message_news news = {.walk = walk,
                                .after = mirror_position(bench->mirror),
                                .upto = ledger_applied(bench->ledger),
                                .now_ms = bench->at_ms};
    buf_clear(&bench->news);
    enum error error =
        walk ? ledger_walk(bench->ledger, place, NEWS_BYTES, &bench->news)
             : ledger_news(bench->ledger, news.after, NEWS_BYTES, &bench->news, &news.upto);
    news.items = buf_slice(&bench->news);
    news.at = walk ? buf_slice(place) : SLICE("");
    if (error == ERROR_NONE)
        error = mirror_apply(bench->mirror, &news, &why);
    if (error != ERROR_NONE)
        bench_die("the mirror: %s %s", error_text(error), why.text);
}

/* Each figure by itself, the last 30 days. */
static void ask_figures(const char *path, uint64_t now_ms, uint64_t rounds)
{
    static uint64_t us[ROUNDS_MAX];
    struct calendar *calendar;
    struct database *database;
    struct why why = {""};
    double margin;
    struct kpi_ask ask = {.now_ms = (int64_t)now_ms};
    kpi_ask_set(&ask, (int64_t)(now_ms - 6 * STEP_MS), (int64_t)now_ms);
    if (calendar_new("Asia/Shanghai", &calendar) != ERROR_NONE ||
        figures_open(path, calendar, BOUND_MS, &database, &margin, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    for (size_t i = 0; kpi_at(i) != NULL; i++) {
        char name[KPI_NAME_MAX + 2];
        (void)snprintf(name, sizeof name, " %s", kpi_at(i)->name);
        for (uint64_t round = 0; round < rounds; round++) {
            bool more = true;
            uint64_t began_us = clock_mono_us();
            struct figures *figures = figures_new(&ask, FIGURES_BY_ALL, name, margin);
            while (figures != NULL && more)
                if (figures_step(figures, database, &more, &why) != ERROR_NONE)
                    bench_die("%s: %s", name, why.text);
            us[round] = clock_mono_us() - began_us;
            figures_destroy(&figures);
        }
        (void)printf("%s\"%s\":%.1f", i > 0 ? "," : "", name + 1, median_ms(us, rounds));
    }
    database_close(&database);
    calendar_destroy(&calendar);
}

/* The first page, and the second by its cursor. */
static void ask_lists(const char *path, uint64_t rounds)
{
    static const char *const questions[][2] = {
        {"members", ""},
        {"members", "order=oldest"},
        {"members", "q=1000001"},
        {"members", "q=member%2012"},
        {"members", "q=nobody"},
        {"members", "plan=core"},
        {"members", "plan=none"},
        {"members", "status=active"},
        {"members", "status=ended"},
        {"members", "status=revoked"},
        {"members", "plan=core&status=ended&order=oldest"},
        {"members", "expires_before=2025-12-20T00:00:00Z"},
        {"payments", ""},
        {"payments", "order=oldest"},
        {"payments", "state=granted"},
        {"payments", "state=unsettled"},
        {"payments", "gateway=ime"},
        {"payments", "gateway=none"},
        {"payments", "member=1000001"},
        {"payments", "since=2025-12-01T00:00:00Z&order=oldest"},
        {"orders", ""},
        {"orders", "order=oldest"},
        {"orders", "state=open"},
        {"orders", "state=refunded"},
        {"orders", "plan=core"},
        {"orders", "overpaid=yes"},
        {"orders", "member=1000001"},
        {"deliveries", ""},
        {"deliveries", "order=oldest"},
        {"deliveries", "state=dead"},
        {"deliveries", "state=pending"},
        {"deliveries", "kind=none"},
        {"deliveries", "member=1000001"},
        {"audit", ""},
        {"audit", "order=oldest"},
        {"audit", "who=token"},
        {"audit", "who=nobody"},
        {"audit", "what=none"},
        {"audit", "member=1000001"},
        {"audit", "since=2025-12-01T00:00:00Z&order=oldest"}};
    struct database *database;
    struct why why = {""};
    if (database_open(path, DATABASE_READ, &database, &why) != ERROR_NONE)
        bench_die("%s: %s", path, why.text);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        const char *thing = questions[i][0];
        char query[1024];
        char cursor[512] = "";
        double first = time_list(database, thing, questions[i][1], rounds, cursor, sizeof cursor);
        (void)printf("%s\"%s?%s\":[%.1f", i > 0 ? "," : "", thing, questions[i][1], first);
        (void)snprintf(query, sizeof query, "%s&cursor=%s", questions[i][1], cursor);
        if (cursor[0] != '\0')
            (void)printf(",%.1f",
                         time_list(database, thing, questions[i][1][0] == '\0' ? query + 1 : query,
                                   rounds, cursor, sizeof cursor));
        (void)printf("]");
    }
    database_close(&database);
}

/* cursor: of the page behind the one that was asked for; "" at the end. */
static double time_list(struct database *database, const char *thing, const char *query,
                        uint64_t rounds, char *cursor, size_t cursor_size)
{
    static const char mark[] = "\"next_cursor\":\"";
    static uint64_t us[ROUNDS_MAX];
    struct buf json;
    struct why why = {""};
    unsigned status = 0;
    buf_init(&json, ANSWER_BYTES_MAX);
    for (uint64_t round = 0; round < rounds; round++) {
        buf_clear(&json);
        uint64_t began_us = clock_mono_us();
        if (mirror_list(database, LANGUAGE_EN, slice_from(thing), slice_from(query), 0, &json,
                        &status, &why) != ERROR_NONE ||
            status != 200)
            bench_die("%s?%s: %u %s", thing, query, status, why.text);
        us[round] = clock_mono_us() - began_us;
    }
    buf_append_u8(&json, 0);
    const char *at = strstr(json.data, mark);
    cursor[0] = '\0';
    if (at != NULL)
        (void)snprintf(cursor, cursor_size, "%.*s", (int)strcspn(at + sizeof mark - 1, "\""),
                       at + sizeof mark - 1);
    buf_deinit(&json);
    return median_ms(us, rounds);
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static double median_ms(uint64_t *us, uint64_t count)
{
    qsort(us, count, sizeof *us, by_size);
    return (double)us[count / 2] / 1e3;
}
