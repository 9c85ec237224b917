/* CURVE keys of a process and the gatekeeper that lets in known peers only; see topology.h for the
 * files. */
#ifndef USHER_ACTORS_CURVE_H
#define USHER_ACTORS_CURVE_H

#include "base/error.h"

#include <stdbool.h>

struct curve;

/* Loads the keys in directory and starts the gatekeeper (ZAP) in czmq's context. */
enum error curve_new(const char *directory, struct curve **out, struct why *why);
void curve_destroy(struct curve **curve);

/* Before bind or connect: a bound socket becomes the server and asks the gatekeeper about each
 * peer; a connecting one shows this host's key and insists on the server's. ERROR_INVALID when the
 * key that this end needs is not there. */
enum error curve_apply(struct curve *curve, void *socket, bool binds);

/* Makes a pair NAME, NAME_secret (mode 0600) in directory; refuses to overwrite either. */
enum error curve_make(const char *directory, const char *name, struct why *why);

#endif
