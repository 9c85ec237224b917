/* One who reads the fact segments (fact_archive.h) from somewhere on, in pieces: a mirror that is
 * built anew, a webhook that is replayed. Holds one segment in memory, found undamaged before the
 * first fact of it is handed out. Zeros to begin with. */
#ifndef USHER_CLI_FACT_CURSOR_H
#define USHER_CLI_FACT_CURSOR_H

#include "base/buf.h"
#include "store/directory.h"

struct fact_cursor {
    char path[DIRECTORY_PATH_MAX]; /* "": none is loaded */
    struct buf entries;            /* u64 sequence | u64 at_ms | u32 bytes | entry */
    size_t at;
    uint64_t upto; /* what was served of it */
};

void fact_cursor_deinit(struct fact_cursor *cursor);

/* Adds facts behind `after` to items, as news_item messages, about bytes_max of them, never half of
 * a command's. They cover all that was told behind *since (`after`, or more where segments are
 * missing) up to *upto. ERROR_NOT_FOUND: nothing is behind `after`. ERROR_CORRUPT, ERROR_VERSION,
 * ERROR_IO: the next segment cannot be read; *upto is its end, for who wants to go on. */
enum error fact_cursor_read(struct fact_cursor *cursor, const char *data_dir, uint64_t after,
                            size_t bytes_max, struct buf *items, uint64_t *upto, uint64_t *since,
                            struct why *why);

#endif
