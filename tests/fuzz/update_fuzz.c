/* What Telegram sends us: one Update, or the body of a getUpdates answer with many. Whatever the
 * bytes, a command that comes of them is one that decodes again, and the pieces of a batch lie
 * inside it. */
#include "carrier/telegram/poller.h"
#include "ledger/words.h"
#include "wire/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static void translate(struct slice update)
{
    struct buf out;
    struct message message;
    const char *kind = NULL;
    buf_init(&out, 1 << 16);
    const struct update_reader reader = {
        .bot = "main", .words = &module_words, .seed = SLICE("0123456789abcdef")};
    enum update_verdict verdict = update_translate(&reader, update, &out, &kind);
    MUST(kind != NULL && !out.failed);
    if (verdict == UPDATE_COMMAND || verdict == UPDATE_TEXT)
        MUST(wire_decode_one(buf_slice(&out), &message, NULL) == ERROR_NONE &&
             message_is_command(message.kind));
    else
        MUST(out.len == 0);
    buf_deinit(&out);
}

static void poll(struct slice body)
{
    struct poller poller;
    struct buf params;
    struct slice updates[POLLER_BATCH];
    uint64_t ids[POLLER_BATCH];
    size_t count;
    buf_init(&params, 4096);
    poller_init(&poller);
    MUST(poller_next(&poller, 1000, &params) == POLLER_GET_UPDATES && !params.failed);
    buf_deinit(&params);
    enum error error =
        poller_answered(&poller, 2000, true, 200, body, updates, ids, POLLER_BATCH, &count);
    MUST(error == ERROR_NONE || count == 0);
    for (size_t i = 0; i < count; i++) {
        MUST(ids[i] > 0 && updates[i].len > 1 && updates[i].data[0] == '{');
        MUST(updates[i].data >= body.data &&
             updates[i].data + updates[i].len <= body.data + body.len);
        translate(updates[i]);
        poller_settled(&poller, 2000, true);
    }
    MUST(count == 0 || poller.offset > ids[0]);
    MUST(poller_timeout_ms(&poller, 2000) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    translate(text);
    poll(text);
    return 0;
}
