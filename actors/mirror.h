/* The mirror as two threads over one SQLite file (src/mirror), so that lists do not wait for what
 * is being written:
 *
 *     mirror thread: news_ask ─▶ ledger ─▶ news ─▶ mirror_apply;  every while cmd_news_read
 *     reads thread:  read ◀─ verifier;  mirror_list ─▶ verdict to the ingress
 *
 * A list waits, a second at most, until the mirror holds all that was durable when it was asked
 * for. */
#ifndef USHER_ACTORS_MIRROR_H
#define USHER_ACTORS_MIRROR_H

#include "actors/actors.h"

#include <limits.h>
#include <stdatomic.h>

/* What both threads see. Made by mirror_start; closed after both have ended, by the main thread. */
struct mirror_host {
    char path[PATH_MAX];       /* of the file; the configuration may be reloaded */
    enum language language;    /* of the community */
    _Atomic uint64_t asked;    /* questions put to the ledger so far */
    _Atomic uint64_t answered; /* the last of them that was answered */
    _Atomic uint64_t tail;     /* of the journal, as that answer said */
    _Atomic uint64_t position;
    _Atomic uint64_t as_of_ms; /* wall: the mirror holds all up to then */
    _Atomic uint64_t file;     /* rises when another file takes its place */
    _Atomic uint64_t read_ms;  /* mono: when a list was last asked for */
};

void mirror_host_close(struct mirror_host **host);

#endif
