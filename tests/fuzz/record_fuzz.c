/* Any bytes as a stored record or key. The first two bytes are the record's id (FF: a key), the
 * rest its bytes. What is accepted encodes to the very bytes it came from; one whose last fields
 * are zero, and told, to bytes that give the same record again. */
#include "base/assert.h"
#include "ledger/records.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static void check_record(const struct shape *shape, struct slice bytes)
{
    enum { RECORD_STRUCT_MAX = 4096 };
    static _Alignas(16) char record[RECORD_STRUCT_MAX], again[RECORD_STRUCT_MAX];
    uint8_t encoded[RECORD_BYTES_MAX], twice[RECORD_BYTES_MAX];
    MUST(shape->size <= sizeof record);
    enum error error = record_decode(shape, bytes, record);
    MUST(error == ERROR_NONE || error == ERROR_CORRUPT || error == ERROR_VERSION);
    if (error != ERROR_NONE)
        return;
    size_t len = record_encode(shape, record, encoded);
    MUST(len <= sizeof encoded);
    if ((uint8_t)bytes.data[0] == encoded[0])
        MUST(slice_equal(bytes, slice_of(encoded, len)));
    MUST(record_decode(shape, slice_of(encoded, len), again) == ERROR_NONE);
    MUST(record_encode(shape, again, twice) == len && memcmp(encoded, twice, len) == 0);
}

/* Read back in every order that the tables use; what was read builds the same bytes again. */
static void check_key(struct slice bytes)
{
    struct key key;
    struct slice rest = bytes, text;
    uint64_t u64;
    int64_t i64;
    uint8_t u8;
    key_clear(&key);
    if (bytes.len > KEY_BYTES_MAX)
        return;
    for (int turn = 0; rest.len > 0; turn = (turn + 1) % 4) {
        size_t before = rest.len;
        bool taken = turn == 0   ? key_take_i64(&rest, &i64)
                     : turn == 1 ? key_take_u8(&rest, &u8)
                     : turn == 2 ? key_take_text(&rest, &text)
                                 : key_take_u64(&rest, &u64);
        MUST(taken ? rest.len < before : rest.len == before);
        if (!taken)
            break;
        if (turn == 0)
            key_i64(&key, i64);
        else if (turn == 1)
            key_u8(&key, u8);
        else if (turn == 2)
            key_text(&key, text);
        else
            key_u64(&key, u64);
    }
    MUST(key.len == bytes.len - rest.len);
    MUST(key.len == 0 || memcmp(key.data, bytes.data, key.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct slice rest = slice_of(data + 1, size - 1);
    const struct shape *shape = size < 2 ? NULL : record_find(data[0] << 8 | data[1]);
    if (data[0] == UINT8_MAX)
        check_key(rest);
    else if (shape != NULL)
        check_record(shape, slice_of(data + 2, size - 2));
    return 0;
}
