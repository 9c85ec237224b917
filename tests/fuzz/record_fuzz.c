/* Any bytes as a stored record or key. The first byte chooses the kind; the rest are the record's
 * bytes. What is accepted encodes to the very bytes it came from; an older version, which may end
 * early, to bytes that give the same record again. */
#include "base/assert.h"
#include "ledger/records.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

union record {
#define R(name, version) struct record_##name name;
    RECORD_LIST(R)
#undef R
};

static void check_record(enum record_kind kind, struct slice bytes)
{
    static const uint8_t versions[] = {
#define R(name, version) version,
        RECORD_LIST(R)
#undef R
    };
    union record record, again;
    uint8_t encoded[RECORD_BYTES_MAX], twice[RECORD_BYTES_MAX];
    enum error error = record_decode(kind, bytes, &record);
    MUST(error == ERROR_NONE || error == ERROR_CORRUPT || error == ERROR_VERSION);
    if (error != ERROR_NONE)
        return;
    size_t len = record_encode(kind, &record, encoded);
    MUST(len <= sizeof encoded);
    if ((uint8_t)bytes.data[0] == versions[kind])
        MUST(slice_equal(bytes, slice_of(encoded, len)));
    MUST(record_decode(kind, slice_of(encoded, len), &again) == ERROR_NONE);
    MUST(record_encode(kind, &again, twice) == len && memcmp(encoded, twice, len) == 0);
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
    unsigned kind = data[0] % (RECORD_KIND_COUNT + 1);
    if (kind == RECORD_KIND_COUNT)
        check_key(rest);
    else
        check_record((enum record_kind)kind, rest);
    return 0;
}
