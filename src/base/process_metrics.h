/* What Prometheus's client libraries say of any process, under their standard names, of this one:
 * process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
 * process_open_fds, process_max_fds, process_threads, process_start_time_seconds. From /proc/self,
 * which also a hardened service sees; what cannot be read is left out. Any thread. */
#ifndef USHER_BASE_PROCESS_METRICS_H
#define USHER_BASE_PROCESS_METRICS_H

#include "base/buf.h"

/* Once, when the process begins: the start time is this moment. */
void process_metrics_begin(void);
void process_metrics_render(struct buf *out);

#endif
