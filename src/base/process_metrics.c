#include "base/process_metrics.h"

#include "base/clock.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static _Atomic uint64_t started_ms;

static void render_head(struct buf *out, const char *name, const char *type, const char *help);
static void render_number(struct buf *out, const char *name, uint64_t value, const char *help);
static void render_milli(struct buf *out, const char *name, const char *type, uint64_t value_ms,
                         const char *help);
static void render_cpu(struct buf *out);
static void render_memory(struct buf *out);
static void render_descriptors(struct buf *out);
static void render_threads(struct buf *out);

void process_metrics_begin(void)
{
    atomic_store(&started_ms, clock_real_ms());
}

void process_metrics_render(struct buf *out)
{
    render_cpu(out);
    render_memory(out);
    render_descriptors(out);
    render_threads(out);
    if (atomic_load(&started_ms) != 0)
        render_milli(out, "process_start_time_seconds", "gauge", atomic_load(&started_ms),
                     "when the process began, in Unix time");
}

static void render_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void render_number(struct buf *out, const char *name, uint64_t value, const char *help)
{
    render_head(out, name, "gauge", help);
    buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* In seconds. */
static void render_milli(struct buf *out, const char *name, const char *type, uint64_t value_ms,
                         const char *help)
{
    render_head(out, name, type, help);
    buf_printf(out, "%s %" PRIu64 ".%03u\n", name, value_ms / 1000, (unsigned)(value_ms % 1000));
}

static uint64_t milliseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_usec / 1000;
}

static void render_cpu(struct buf *out)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        render_milli(out, "process_cpu_seconds_total", "counter",
                     milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
                     "processor time, of user and system");
}

static void render_memory(struct buf *out)
{
    unsigned long long total;
    unsigned long long resident;
    long page = sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "re");
    bool known = file != NULL && page > 0 && fscanf(file, "%llu %llu", &total, &resident) == 2;
    if (file != NULL)
        (void)fclose(file);
    if (!known)
        return;
    render_number(out, "process_virtual_memory_bytes", total * (uint64_t)page,
                  "memory that is mapped, the stores among it");
    render_number(out, "process_resident_memory_bytes", resident * (uint64_t)page,
                  "memory that is in RAM");
}

/* The entries of a folder of /proc/self, without "." and ".."; 0 when it cannot be read. */
static uint64_t count_entries(const char *path)
{
    uint64_t count = 0;
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    (void)closedir(folder);
    return count;
}

static void render_descriptors(struct buf *out)
{
    struct rlimit limit;
    uint64_t open = count_entries("/proc/self/fd");
    if (open > 1) /* without the one that reads them */
        render_number(out, "process_open_fds", open - 1, "descriptors that are open");
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        render_number(out, "process_max_fds", limit.rlim_cur, "descriptors that may be open");
}

static void render_threads(struct buf *out)
{
    uint64_t threads = count_entries("/proc/self/task");
    if (threads > 0)
        render_number(out, "process_threads", threads, "threads that run");
}
