#include "base/process_metrics.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The value of a metric, or -1. */
static double value_of(const char *name)
{
    char wanted[128];
    struct buf out;
    double value = -1;
    buf_init(&out, 65536);
    process_metrics_render(&out);
    buf_append_u8(&out, 0);
    assert_false(out.failed);
    snprintf(wanted, sizeof(wanted), "\n%s ", name);
    const char *at = strstr(out.data, wanted);
    if (at != NULL)
        value = strtod(at + strlen(wanted), NULL);
    buf_deinit(&out);
    return value;
}

static void of_this_process(void **state)
{
    (void)state;
    assert_true(value_of("process_start_time_seconds") < 0);
    process_metrics_begin();
    double now = (double)clock_real_ms() / 1000;
    assert_true(value_of("process_start_time_seconds") > now - 5);
    assert_true(value_of("process_start_time_seconds") <= now);
    assert_true(value_of("process_cpu_seconds_total") >= 0);
    assert_true(value_of("process_threads") == 1);
    assert_true(value_of("process_resident_memory_bytes") > 100000);
    assert_true(value_of("process_virtual_memory_bytes") >
                value_of("process_resident_memory_bytes"));
    assert_true(value_of("process_max_fds") >= value_of("process_open_fds"));
}

static void descriptors_are_counted(void **state)
{
    (void)state;
    double before = value_of("process_open_fds");
    int fd = dup(1);
    assert_true(fd >= 0);
    assert_true(value_of("process_open_fds") == before + 1);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_this_process),
        cmocka_unit_test(descriptors_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
