/* The door's ceiling: usher's HTTP server (src/http) with an owner that answers 200 at once. What
 * the door adds to this is the verifier, the journal, and the way there and back. Prints
 * "listening 127.0.0.1:PORT" and serves until it is killed. */
#include "bench/bench.h"
#include "http/server.h"

#include <poll.h>

enum { TAKE = 256 };

int main(int argc, char **argv)
{
    const struct http_server_options options = {
        .host = "127.0.0.1",
        .threads = (uint32_t)bench_number(argc, argv, "--threads", "2"),
        .connections_max = 4096,
        .parked_max = 16384,
        .body_bytes_max = 1 << 20,
        .idle_timeout_s = 30,
    };
    const struct http_answer answer = {.status = 200, .body = SLICE("")};
    struct http_server *server;
    struct why why = {""};
    if (http_server_start(&options, &server, &why) != ERROR_NONE)
        bench_die("%s", why.text);
    (void)printf("listening 127.0.0.1:%u\n", (unsigned)http_server_port(server));
    (void)fflush(stdout);
    for (;;) {
        const struct http_request *requests[TAKE];
        struct pollfd readable = {.fd = http_server_fd(server), .events = POLLIN};
        if (poll(&readable, 1, -1) < 0)
            continue;
        size_t count = http_server_take(server, requests, TAKE);
        for (size_t i = 0; i < count; i++)
            http_server_answer(server, requests[i]->id, &answer);
    }
}
