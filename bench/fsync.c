/* What the disk gives: 4 KiB written and fdatasync()ed, one after another, over a file that is
 * there already. No design that acknowledges after a sync has more syncs than this; it can only put
 * more acknowledgements into each. */
#include "base/clock.h"
#include "bench/bench.h"
#include "http/histogram.h"

#include <fcntl.h>
#include <unistd.h>

enum { BLOCK_BYTES = 4096, FILE_BYTES = 16 << 20 };

int main(int argc, char **argv)
{
    static struct histogram histogram;
    static char block[BLOCK_BYTES];
    const char *path = bench_text(argc, argv, "--file", NULL);
    uint64_t run_us = bench_number(argc, argv, "--milliseconds", "1000") * 1000;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        bench_die("%s cannot be opened", path);
    for (off_t at = 0; at < FILE_BYTES; at += BLOCK_BYTES)
        if (pwrite(fd, block, sizeof block, at) != BLOCK_BYTES)
            bench_die("%s cannot be written", path);
    if (fsync(fd) != 0)
        bench_die("%s cannot be synced", path);
    histogram_init(&histogram);
    uint64_t start_us = clock_mono_us();
    uint64_t now_us = start_us;
    for (uint64_t n = 0; now_us - start_us < run_us; n++) {
        uint64_t before_us = now_us;
        block[0] = (char)n;
        if (pwrite(fd, block, sizeof block, (off_t)(n * BLOCK_BYTES % FILE_BYTES)) != BLOCK_BYTES ||
            fdatasync(fd) != 0)
            bench_die("%s cannot be written", path);
        now_us = clock_mono_us();
        histogram_record(&histogram, now_us - before_us);
    }
    (void)printf("{\"per_s\":%.1f,\"p50_us\":%llu,\"p99_us\":%llu}\n",
                 bench_per_second(histogram.count, now_us - start_us),
                 (unsigned long long)histogram_percentile(&histogram, 50),
                 (unsigned long long)histogram_percentile(&histogram, 99));
    (void)close(fd);
    (void)unlink(path);
    return 0;
}
