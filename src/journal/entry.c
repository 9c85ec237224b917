#include "journal/entry.h"

#include <zlib.h>

static uint32_t crc_add(uint32_t crc, struct slice data);

uint32_t entry_crc(const struct journal_entry *entry)
{
    char head[17];
    head[0] = ENTRY_VERSION;
    entry_put_u64(head + 1, entry->sequence);
    entry_put_u64(head + 9, entry->at_ms);
    return crc_add(crc_add(0, slice_of(head, sizeof head)), entry->command);
}

void entry_encode(const struct journal_entry *entry, char *out)
{
    out[0] = ENTRY_VERSION;
    entry_put_u64(out + 1, entry->at_ms);
    entry_put_u32(out + 9, entry_crc(entry));
    if (entry->command.len > 0)
        memcpy(out + ENTRY_HEAD_SIZE, entry->command.data, entry->command.len);
}

enum error entry_decode(uint64_t sequence, struct slice value, struct journal_entry *entry,
                        struct why *why)
{
    unsigned long long number = sequence;
    if (value.len < ENTRY_HEAD_SIZE || value.len - ENTRY_HEAD_SIZE > JOURNAL_COMMAND_MAX)
        return why_set(why, ERROR_CORRUPT, "journal entry %llu has %zu bytes", number, value.len);
    if (value.data[0] != ENTRY_VERSION)
        return why_set(why, ERROR_VERSION,
                       "journal entry %llu is of version %u, this usher knows %u", number,
                       (uint8_t)value.data[0], (unsigned)ENTRY_VERSION);
    *entry = (struct journal_entry){
        .sequence = sequence,
        .at_ms = entry_get_u64(value.data + 1),
        .command = slice_of(value.data + ENTRY_HEAD_SIZE, value.len - ENTRY_HEAD_SIZE),
    };
    if (entry_crc(entry) != entry_get_u32(value.data + 9))
        return why_set(why, ERROR_CORRUPT, "journal entry %llu is damaged: its checksum is wrong",
                       number);
    return ERROR_NONE;
}

void mark_encode(const struct journal_mark *mark, char out[MARK_SIZE])
{
    out[0] = ENTRY_VERSION;
    entry_put_u64(out + 1, mark->sequence);
    entry_put_u64(out + 9, mark->at_ms);
    entry_put_u32(out + 17, crc_add(0, slice_of(out, 17)));
}

enum error mark_decode(struct slice value, struct journal_mark *mark, struct why *why)
{
    if (value.len != MARK_SIZE)
        return why_set(why, ERROR_CORRUPT, "the journal's mark has %zu bytes", value.len);
    if (value.data[0] != ENTRY_VERSION)
        return why_set(why, ERROR_VERSION,
                       "the journal's mark is of version %u, this usher knows %u",
                       (uint8_t)value.data[0], (unsigned)ENTRY_VERSION);
    if (crc_add(0, slice_of(value.data, 17)) != entry_get_u32(value.data + 17))
        return why_set(why, ERROR_CORRUPT, "the journal's mark is damaged: its checksum is wrong");
    mark->sequence = entry_get_u64(value.data + 1);
    mark->at_ms = entry_get_u64(value.data + 9);
    return ERROR_NONE;
}

void entry_put_u64(char *out, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        out[i] = (char)(value >> (56 - 8 * i));
}

uint64_t entry_get_u64(const char *in)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | (uint8_t)in[i];
    return value;
}

void entry_put_u32(char *out, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(value >> (24 - 8 * i));
}

uint32_t entry_get_u32(const char *in)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)in[i];
    return value;
}

static uint32_t crc_add(uint32_t crc, struct slice data)
{
    /* zlib takes NULL as "begin anew". */
    if (data.len == 0)
        return crc;
    return (uint32_t)crc32_z(crc, (const Bytef *)data.data, data.len);
}
