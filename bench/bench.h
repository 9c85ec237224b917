/* What the bench programs share: options as "--name value", and death with a sentence. A program
 * prints its results as one line of JSON, which the driver bench/run reads; people may read it too.
 */
#ifndef USHER_BENCH_BENCH_H
#define USHER_BENCH_BENCH_H

#include "base/slice.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 1, 2))) static inline _Noreturn void bench_die(const char *format,
                                                                             ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    exit(1);
}

/* The text behind the option name ("--port"), or fallback. With fallback NULL it must be there. */
static inline const char *bench_text(int argc, char **argv, const char *name, const char *fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    if (fallback == NULL)
        bench_die("%s: the option %s is missing", argv[0], name);
    return fallback;
}

static inline uint64_t bench_number(int argc, char **argv, const char *name, const char *fallback)
{
    long long value;
    const char *text = bench_text(argc, argv, name, fallback);
    if (!slice_to_i64(slice_from(text), &value) || value < 0)
        bench_die("%s: %s needs a whole number, not \"%s\"", argv[0], name, text);
    return (uint64_t)value;
}

static inline double bench_per_second(uint64_t count, uint64_t us)
{
    return us == 0 ? 0 : (double)count * 1e6 / (double)us;
}

#endif
