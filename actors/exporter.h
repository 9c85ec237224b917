/* What Prometheus fetches. The exporter is the listener `metrics.listen` of each process: /metrics
 * with what this process knows, and /healthz, whatever roles run in it. An ingress answers /metrics
 * at its own port as well, with the same page. */
#ifndef USHER_ACTORS_EXPORTER_H
#define USHER_ACTORS_EXPORTER_H

#include "actors/actors.h"
#include "base/buf.h"

#define EXPORTER_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum { EXPORTER_BYTES_MAX = 8 * 1024 * 1024 };

/* The page, in the text format of Prometheus, in place of what out held; false when it does not
 * fit. Any thread. */
bool exporter_page(struct buf *out);

actor_starter exporter_start; /* site->metrics.host is not NULL */

#endif
