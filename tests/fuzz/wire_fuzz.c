/* Any bytes: decoding reads nothing outside them, what it accepts fits the table, encodes to the
 * very bytes it came from (to more when it had fewer fields), and can be printed. */
#include "base/assert.h"
#include "wire/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct message *message, struct slice bytes)
{
    struct buf out;
    buf_init(&out, 64 << 20);
    ASSERT(message_fits(message, NULL));
    ASSERT(message_name(message->kind) != NULL);
    wire_encode(&out, message);
    ASSERT(!out.failed && (slice_equal(buf_slice(&out), bytes) || out.len > bytes.len));
    buf_clear(&out);
    message_print(&out, message);
    message_print_json(&out, message);
    ASSERT(!out.failed);
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = slice_of(data, size), before = in;
    struct message message;
    struct why why;
    enum error error;
    while ((error = wire_decode(&in, &message, &why)) == ERROR_NONE) {
        ASSERT(in.len < before.len && in.data == before.data + (before.len - in.len));
        check(&message, slice_of(before.data, before.len - in.len));
        before = in;
    }
    ASSERT(error == (in.len == 0 ? ERROR_NOT_FOUND : ERROR_CORRUPT));
    ASSERT(in.data == before.data && in.len == before.len);
    return 0;
}
