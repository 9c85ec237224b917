/* A memory that runs out: stands in for the C library's allocator in the program that includes this
 * (once), fails chosen allocations of the main thread, and counts what is live, with the place
 * where it was taken, so that a leak can be named. Libraries are served by it as well. */
#ifndef USHER_TESTS_TORTURE_ALLOCATION_FAULTS_H
#define USHER_TESTS_TORTURE_ALLOCATION_FAULTS_H

#include <errno.h>
#include <execinfo.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

enum { BLOCKS = 1 << 14, FRAMES = 16, FOR_EVER = 1 << 30 };

struct block {
    void *at;
    void *frames[FRAMES];
    int depth;
};

static _Atomic int64_t blocks_live;
static _Thread_local bool armed;
static uint64_t allocations; /* since arming */
static uint64_t first_failing, how_many_fail;
static uint64_t refused_count;
static bool tracing;
static struct block traced[BLOCKS];

/* From the number-th allocation on times of them fail. */
static void allocations_arm(uint64_t number, uint64_t times)
{
    allocations = 0;
    refused_count = 0;
    first_failing = number;
    how_many_fail = times;
    armed = true;
}

static void allocations_disarm(void)
{
    armed = false;
}

static bool refuse(void)
{
    if (!armed)
        return false;
    allocations++;
    if (first_failing == 0 || allocations < first_failing ||
        allocations - first_failing >= how_many_fail)
        return false;
    refused_count++;
    errno = ENOMEM;
    return true;
}

static void trace(void *block)
{
    static _Thread_local bool inside;
    if (!tracing || inside)
        return;
    inside = true;
    for (size_t i = 0; i < BLOCKS; i++) {
        if (traced[i].at != NULL)
            continue;
        traced[i].at = block;
        traced[i].depth = backtrace(traced[i].frames, FRAMES);
        break;
    }
    inside = false;
}

static void *taken(void *block)
{
    if (block == NULL)
        return NULL;
    atomic_fetch_add(&blocks_live, 1);
    trace(block);
    return block;
}

static void given(const void *block)
{
    atomic_fetch_sub(&blocks_live, 1);
    for (size_t i = 0; tracing && i < BLOCKS; i++)
        if (traced[i].at == block)
            traced[i].at = NULL;
}

static void trace_begin(void)
{
    memset(traced, 0, sizeof traced);
    tracing = true;
}

/* Says on standard error where the oldest blocks that are still there were taken. */
static void trace_end(void)
{
    tracing = false;
    int shown = 0;
    for (size_t i = 0; i < BLOCKS && shown < 2; i++) {
        if (traced[i].at == NULL)
            continue;
        backtrace_symbols_fd(traced[i].frames, traced[i].depth, STDERR_FILENO);
        shown += write(STDERR_FILENO, "--\n", 3) == 3 ? 1 : 2;
    }
}

void *malloc(size_t size)
{
    return refuse() ? NULL : taken(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return refuse() ? NULL : taken(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (block != NULL && size == 0) {
        free(block);
        return NULL;
    }
    if (refuse())
        return NULL;
    void *grown = __libc_realloc(block, size);
    if (grown == NULL)
        return NULL;
    if (block != NULL)
        given(block);
    return taken(grown);
}

void *memalign(size_t alignment, size_t size)
{
    return refuse() ? NULL : taken(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);
    if (block == NULL)
        return ENOMEM;
    *out = block;
    return 0;
}

void free(void *block)
{
    if (block == NULL)
        return;
    given(block);
    __libc_free(block);
}

#endif
