/* Answers of the apply thread: results to those who wait for a command, and JSON to those who ask.
 */
#include "actors/ledger.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/metrics.h"

#include <stdlib.h>

enum {
    QUESTIONS_MAX = 1024,
    QUESTION_MS = 10000,
    PUT_OFF_MAX = 256,
    PUT_OFF_MS = 10000, /* module.h: struct wait_row */
    WAIT_MS = 60000,
    OUT_BYTES_MAX = 4 * 1024 * 1024,
    JSON_BYTES_MAX = 8 * 1024 * 1024, /* of a verdict's body */
    BUSY_RETRY_S = 5
};

/* A waiter and when it is no longer worth an answer. */
struct waiting {
    struct waiter waiter;
    uint64_t until_ms;
};

struct question {
    struct message_query query; /* its text and ask are below */
    char text[321];
    char ask[6144]; /* as in messages.def */
    uint64_t target;
    uint64_t until_ms;
};

/* A result that is not told yet. */
struct put_off {
    struct waiter waiter;
    struct became became;
    uint64_t until_ms;
    struct buf command;
};

static void answer_waiter(struct answering *it, const struct waiter *waiter, struct slice command,
                          const struct became *became);
static bool put_off(struct answering *it, const struct waiter *waiter, struct slice command,
                    const struct became *became);
static void answer_put_off(struct answering *it, uint64_t now_ms);
static void answer_result(struct answering *it, const struct waiter *waiter, struct slice command,
                          const struct became *became);
static void answer_question(struct answering *it, const struct question *question);
static bool make_room(struct answering *it);

enum error answering_open(struct answering *it, struct site *site, struct verdict_outlets *outlets,
                          struct why *why)
{
    it->ledger = site->ledger->ledger;
    it->outlets = outlets;
    enum error error =
        outlet_open(&it->commands, site->topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    if (error != ERROR_NONE)
        return error;
    buf_init(&it->json, JSON_BYTES_MAX);
    it->questions = calloc(QUESTIONS_MAX, sizeof(*it->questions));
    it->put_off = calloc(PUT_OFF_MAX, sizeof(*it->put_off));
    return it->questions == NULL || it->put_off == NULL
               ? why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY))
               : ERROR_NONE;
}

void answering_close(struct answering *it)
{
    outlet_deinit(&it->commands);
    buf_deinit(&it->json);
    for (size_t i = 0; i < it->put_off_count; i++)
        buf_deinit(&it->put_off[i].command);
    free(it->put_off);
    free(it->questions);
    free(it->waits);
}

void answering_expect(struct answering *it, const struct waiter *waiter)
{
    if (!make_room(it)) {
        verdict_put_problem(it->outlets, waiter->origin, waiter->id, 503, 0, "busy",
                            "it is durable, but what became of it cannot be told");
        return;
    }
    it->waits[it->wait_first + it->wait_count] =
        (struct waiting){*waiter, clock_mono_ms() + WAIT_MS};
    it->wait_count++;
}

void answering_ask(struct answering *it, const struct message_query *query, uint64_t target)
{
    if (it->question_count == QUESTIONS_MAX) {
        metric_add(metric_series(METRIC_usher_busy_total, "questions", NULL), 1);
        verdict_put_problem(it->outlets, query->origin, query->id, 503, BUSY_RETRY_S, "busy",
                            "too many questions at once, try again");
        return;
    }
    struct question *question = &it->questions[it->question_count++];
    question->query = *query;
    ASSERT(slice_copy(query->text, question->text, sizeof(question->text)));
    if (query->ask.len > 0)
        memcpy(question->ask, query->ask.data, query->ask.len);
    question->target = target;
    question->until_ms = clock_mono_ms() + QUESTION_MS;
}

void answering_tell(struct answering *it, const struct journal_entry *entries,
                    const struct became *results, size_t count)
{
    uint64_t now_ms = clock_mono_ms();
    uint64_t first = entries[0].sequence;

    while (it->wait_count > 0) {
        const struct waiting *waiting = &it->waits[it->wait_first];
        uint64_t sequence = waiting->waiter.sequence;
        if (sequence >= first + count)
            break;
        if (sequence >= first && waiting->until_ms > now_ms)
            answer_waiter(it, &waiting->waiter, entries[sequence - first].command,
                          &results[sequence - first]);
        it->wait_first++;
        it->wait_count--;
    }
    if (it->wait_count == 0)
        it->wait_first = 0;
}

void answering_turn(struct answering *it)
{
    uint64_t applied = ledger_applied(it->ledger);
    uint64_t now_ms = clock_mono_ms();
    size_t n = 0;

    for (; n < it->question_count; n++) {
        const struct question *question = &it->questions[n];
        if (question->target <= applied)
            answer_question(it, question);
        else if (question->until_ms <= now_ms)
            verdict_put_problem(it->outlets, question->query.origin, question->query.id, 503,
                                BUSY_RETRY_S, "behind",
                                "the state is behind the journal, try again");
        else
            break;
    }
    it->question_count -= n;
    if (n > 0)
        memmove(it->questions, it->questions + n, it->question_count * sizeof(*it->questions));
    answer_put_off(it, now_ms);
    outlet_flush(&it->commands);
}

uint64_t answering_deadline_ms(const struct answering *it)
{
    if (!outlet_empty(&it->commands))
        return clock_mono_ms() + 1;
    uint64_t at_ms = it->question_count == 0 ? UINT64_MAX : it->questions[0].until_ms;
    if (it->put_off_count > 0 && it->put_off[0].until_ms < at_ms)
        at_ms = it->put_off[0].until_ms;
    return at_ms;
}

void answering_hurry(struct answering *it)
{
    answer_put_off(it, UINT64_MAX);
}

static void answer_waiter(struct answering *it, const struct waiter *waiter, struct slice command,
                          const struct became *became)
{
    unsigned status = result_status(became->result);
    if (status >= 300) {
        verdict_put_problem(it->outlets, waiter->origin, waiter->id, status, 0,
                            result_name(became->result), result_text(became->result));
        return;
    }
    if (waiter->ack_len > 0 || !put_off(it, waiter, command, became))
        answer_result(it, waiter, command, became);
}

/* False: it can be told now, or must be. */
static bool put_off(struct answering *it, const struct waiter *waiter, struct slice command,
                    const struct became *became)
{
    bool ready = true;
    if (it->put_off_count == PUT_OFF_MAX ||
        ledger_ready(it->ledger, command, became->subject, &ready) != ERROR_NONE || ready)
        return false;
    struct put_off *late = &it->put_off[it->put_off_count];
    *late = (struct put_off){*waiter, *became, clock_mono_ms() + PUT_OFF_MS, {0}};
    buf_init(&late->command, command.len);
    buf_append_slice(&late->command, command);
    if (late->command.failed) {
        buf_deinit(&late->command);
        return false;
    }
    it->put_off_count++;
    return true;
}

/* Those for whom what they wait for has come, and those who have waited long enough. */
static void answer_put_off(struct answering *it, uint64_t now_ms)
{
    uint64_t applied = ledger_applied(it->ledger);
    bool changed = applied != it->looked_at;
    size_t kept = 0;
    it->looked_at = applied;
    for (size_t i = 0; i < it->put_off_count; i++) {
        struct put_off *late = &it->put_off[i];
        struct slice command = buf_slice(&late->command);
        bool ready = late->until_ms <= now_ms;
        if (!ready && changed &&
            ledger_ready(it->ledger, command, late->became.subject, &ready) != ERROR_NONE)
            ready = true;
        if (!ready) {
            it->put_off[kept++] = *late;
            continue;
        }
        answer_result(it, &late->waiter, command, &late->became);
        buf_deinit(&late->command);
    }
    it->put_off_count = kept;
}

static void answer_result(struct answering *it, const struct waiter *waiter, struct slice command,
                          const struct became *became)
{
    unsigned status = result_status(became->result);
    enum error error = ERROR_NONE;
    buf_clear(&it->json);
    if (waiter->ack_len > 0)
        buf_append(&it->json, waiter->ack, waiter->ack_len);
    else
        error =
            ledger_answer(it->ledger, command, became->result, became->subject, &it->json, &status);
    if (error != ERROR_NONE || it->json.failed) {
        verdict_put_problem(it->outlets, waiter->origin, waiter->id, 500, 0, "internal",
                            "it is done, but what became of it cannot be told");
        return;
    }
    const struct message_verdict verdict = {.id = waiter->id,
                                            .status = status,
                                            .content_type = SLICE("application/json"),
                                            .reason = slice_from(result_name(became->result)),
                                            .body = buf_slice(&it->json)};
    verdict_put(it->outlets, waiter->origin, &verdict);
}

static void answer_question(struct answering *it, const struct question *question)
{
    struct message_query query = question->query;
    unsigned status = 500;

    query.text = slice_from(question->text);
    query.ask = slice_of(question->ask, query.ask.len);
    if (answering_listen(it, &query))
        return;
    buf_clear(&it->json);
    enum error error = ledger_query(it->ledger, &query, &it->json, &status);
    if (error != ERROR_NONE || it->json.failed) {
        verdict_put_problem(it->outlets, query.origin, query.id, 500, 0, "internal",
                            it->json.failed ? "the answer is too long, ask with a lower limit"
                                            : error_text(error));
        return;
    }
    const struct message_verdict verdict = {.id = query.id,
                                            .status = status,
                                            .content_type = status == 200
                                                                ? SLICE("application/json")
                                                                : SLICE("application/problem+json"),
                                            .reason = SLICE("query"),
                                            .body = buf_slice(&it->json)};
    verdict_put(it->outlets, query.origin, &verdict);
}

/* The words of it only when somebody listens, and nothing of what people write to each other in a
 * group. */
bool answering_listen(struct answering *it, const struct message_query *query)
{
    struct message said;
    bool listens = false;
    struct why why = {""};
    if (query->what != QUERY_SAID)
        return false;
    enum error error = wire_decode_one(query->ask, &said, &why);
    if (error == ERROR_NONE && said.kind != MESSAGE_cmd_said)
        error = why_set(&why, ERROR_INVALID, "what was said is another command");
    if (error == ERROR_NONE)
        error = ledger_listens(it->ledger, &said.cmd_said, &listens);
    if (error != ERROR_NONE) {
        verdict_put_problem(it->outlets, query->origin, query->id, 503, BUSY_RETRY_S, "busy",
                            why.text[0] == '\0' ? error_text(error) : why.text);
        return true;
    }
    if (!listens && said.cmd_said.origin == SAID_GROUP) {
        const struct message_verdict verdict = {
            .id = query->id, .status = 200, .reason = SLICE("unused")};
        verdict_put(it->outlets, query->origin, &verdict);
        return true;
    }
    if (!listens)
        said.cmd_said.text = SLICE("");
    buf_clear(&it->json);
    wire_encode(&it->json, &said);
    const struct message message = {
        .kind = MESSAGE_command,
        .command = {.origin = query->origin, .id = query->id, .body = buf_slice(&it->json)}};
    if (it->json.failed || !outlet_has_room(&it->commands) ||
        !outlet_put(&it->commands, &message)) {
        metric_add(metric_series(METRIC_usher_busy_total, "commands", NULL), 1);
        verdict_put_problem(it->outlets, query->origin, query->id, 503, BUSY_RETRY_S, "busy",
                            "too much at once, try again");
    }
    return true;
}

/* For one more at the end of the queue. */
static bool make_room(struct answering *it)
{
    if (it->wait_first + it->wait_count < it->wait_cap)
        return true;
    if (it->wait_first > it->wait_cap / 2) {
        memmove(it->waits, it->waits + it->wait_first, it->wait_count * sizeof(*it->waits));
        it->wait_first = 0;
        return true;
    }
    size_t cap = it->wait_cap == 0 ? 64 : it->wait_cap * 2;
    struct waiting *grown = realloc(it->waits, cap * sizeof(*grown));
    if (grown == NULL)
        return false;
    it->waits = grown;
    it->wait_cap = cap;
    return true;
}
