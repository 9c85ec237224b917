/* The world's failures: one table, one enum, one text each. Refusals of a command by the ledger are
 * another table (ledger/results.def). */
#ifndef USHER_BASE_ERROR_H
#define USHER_BASE_ERROR_H

#define ERROR_LIST(X)                                                                              \
    X(NONE, "no error")                                                                            \
    X(MEMORY, "out of memory")                                                                     \
    X(FULL, "no room left on the disk or in the map")                                              \
    X(BUSY, "busy, try again")                                                                     \
    X(IO, "input/output error")                                                                    \
    X(CORRUPT, "stored data is damaged")                                                           \
    X(VERSION, "stored data is of a version this program does not know")                           \
    X(NOT_FOUND, "not found")                                                                      \
    X(EXISTS, "already exists")                                                                    \
    X(INVALID, "not valid")                                                                        \
    X(TOO_LARGE, "larger than the limit")                                                          \
    X(TIMEOUT, "timed out")                                                                        \
    X(LOCKED, "in use by another process")                                                         \
    X(PERMISSION, "permission denied")                                                             \
    X(CLOSED, "closed")

enum error {
#define X(name, text) ERROR_##name,
    ERROR_LIST(X)
#undef X
};

/* The table's text; never NULL. */
const char *error_text(enum error error);

/* A sentence for a person: what happened, to which thing, what to do. Filled by the function that
 * fails, printed by main. Holds no secrets. */
struct why {
    char text[512];
};

/* Formats into why (which may be NULL) and returns error, so that "return why_set(...)" reads well.
 */
enum error why_set(struct why *why, enum error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
