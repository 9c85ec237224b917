/* The ceiling above the ceiling: libmicrohttpd by itself, which answers 200 in its own threads as
 * soon as the body is read. Nothing is parked, checked or handed over. Prints
 * "listening 127.0.0.1:PORT" and serves until it is killed. */
#include "bench/bench.h"

#include <microhttpd.h>
#include <unistd.h>

static struct MHD_Response *empty;

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *data,
                             size_t *data_len, void **request)
{
    (void)context, (void)url, (void)method, (void)version, (void)data;
    if (*request == NULL) {
        *request = empty; /* anything but NULL: the head was read */
        return MHD_YES;
    }
    if (*data_len > 0) {
        *data_len = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, empty);
}

int main(int argc, char **argv)
{
    unsigned threads = (unsigned)bench_number(argc, argv, "--threads", "2");
    empty = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    /* A pool of one is not a pool to libmicrohttpd. */
    struct MHD_OptionItem pool[] = {
        {threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, serve, NULL, MHD_OPTION_ARRAY, pool,
        MHD_OPTION_CONNECTION_LIMIT, 8192u, MHD_OPTION_END);
    if (empty == NULL || daemon == NULL)
        bench_die("libmicrohttpd does not start");
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
    (void)printf("listening 127.0.0.1:%u\n", (unsigned)info->port);
    (void)fflush(stdout);
    for (;;)
        (void)pause();
}
