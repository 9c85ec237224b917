#include "carrier/http/http.h"

#include "base/clock.h"
#include "courier/sender.h"
#include "http/client.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct verdict of_status(enum delivery_kind kind, unsigned status, uint32_t retry_after_s)
{
    struct prng prng = {1};
    struct verdict verdict;
    const struct carrier_answer answer = {
        .status = status, .retry_after_s = retry_after_s, .body = SLICE("whatever")};
    carrier_http.verdict(kind, 0, &answer, &prng, &verdict);
    return verdict;
}

static void the_status_decides(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        enum outcome outcome;
    } cases[] = {
        {200, OUTCOME_DONE},   {204, OUTCOME_DONE},   {299, OUTCOME_DONE},   {301, OUTCOME_FAILED},
        {400, OUTCOME_FAILED}, {401, OUTCOME_FAILED}, {404, OUTCOME_FAILED}, {408, OUTCOME_RETRY},
        {410, OUTCOME_FAILED}, {425, OUTCOME_RETRY},  {429, OUTCOME_RETRY},  {500, OUTCOME_RETRY},
        {503, OUTCOME_RETRY},  {599, OUTCOME_RETRY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct verdict verdict = of_status(DELIVERY_post, cases[i].status, 0);
        assert_int_equal(verdict.outcome, cases[i].outcome);
        assert_int_equal(verdict.error[0] == 0, cases[i].outcome == OUTCOME_DONE);
        assert_int_equal(verdict.accepted, cases[i].outcome != OUTCOME_RETRY);
    }
    assert_string_equal(of_status(DELIVERY_post, 404, 0).error, "status 404");
}

static void it_says_how_long(void **state)
{
    (void)state;
    assert_int_equal(of_status(DELIVERY_post, 429, 7).flood_ms, 7000);
    assert_int_equal(of_status(DELIVERY_post, 429, 0).flood_ms, VERDICT_NAMELESS_S * 1000);
    assert_int_equal(of_status(DELIVERY_post, 503, 3).retry_ms, 3000);
    assert_int_equal(of_status(DELIVERY_post, 503, 0).flood_ms, 0);
    assert_in_range(of_status(DELIVERY_post, 500, 0).retry_ms, 1000, 2000);
    assert_true(of_status(DELIVERY_post, 429, UINT32_MAX).flood_ms ==
                VERDICT_WAIT_S_MAX * UINT64_C(1000));
    assert_int_equal(of_status(DELIVERY_notice, 500, 0).outcome, OUTCOME_IN_DOUBT);
    assert_int_equal(of_status(DELIVERY_notice, 429, 1).outcome, OUTCOME_RETRY);
}

struct served {
    struct sender *sender;
    enum outcome outcome;
    bool over;
};

static void on_done(void *context, const struct http_result *result)
{
    struct served *served = context;
    struct buf out;
    buf_init(&out, 4096);
    sender_answered(served->sender, (uint64_t)(uintptr_t)result->tag, (int)result->failure,
                    result->status, result->retry_after_s, result->body, result->error, 1000000,
                    60000, &out, &served->outcome);
    served->over = true;
    buf_deinit(&out);
}

/* One call through a sender to a server on the loopback, which answers so; what it was sent is in
 * seen. */
static enum outcome post(const char *answer, char *seen, size_t size)
{
    struct served served = {0};
    struct http_client *client;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char url[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(listen(listener, 4), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/in", ntohs(address.sin_port));

    const struct sender_options options = {.lane = "http:acme",
                                           .carrier = &carrier_http,
                                           .per_second = 10,
                                           .per_chat_per_second = 1,
                                           .per_group_per_minute = 1,
                                           .waiting_max = 4,
                                           .in_flight_max = 4};
    const struct http_client_options limits = {.connections_max = 4, .body_bytes_max = 4096};
    const struct message_call message = {.delivery = 7,
                                         .turn_ms = 0x5f,
                                         .kind = DELIVERY_post,
                                         .lane = SLICE("http:acme"),
                                         .method = SLICE("POST"),
                                         .lease_until_ms = 2000000,
                                         .params = SLICE("{\"a\":1}")};
    const struct endpoint endpoint = {.url = url, .secret = "Authorization: Bearer s3cret"};
    struct sender_call call;
    struct request request;
    struct buf scratch;
    buf_init(&scratch, 4096);
    assert_int_equal(sender_new(&options, 0, &served.sender), ERROR_NONE);
    assert_int_equal(http_client_new(&limits, on_done, &served, &client), ERROR_NONE);
    assert_int_equal(sender_add(served.sender, &message, 1000000, 50000), ERROR_NONE);
    assert_true(sender_next(served.sender, 1000000, 50000, &call));
    const struct outgoing outgoing = {call.delivery, call.method, call.params, 0, call.turn_ms};
    assert_int_equal(carrier_http.request(&endpoint, &outgoing, &scratch, &request), ERROR_NONE);
    assert_int_equal(http_client_start(client, "POST", request.url, request.headers,
                                       request.content_type, request.body, 5000,
                                       (void *)(uintptr_t)call.token),
                     ERROR_NONE);
    int fd = -1;
    size_t len = 0;
    for (uint64_t end_ms = clock_mono_ms() + 10000; !served.over && clock_mono_ms() < end_ms;) {
        struct pollfd polled[2] = {{listener, POLLIN, 0}, {http_client_fd(client), POLLIN, 0}};
        (void)poll(polled, 2, 5);
        if (fd < 0 && (polled[0].revents & POLLIN) != 0)
            fd = accept(listener, NULL, NULL);
        ssize_t n = fd < 0 ? 0 : recv(fd, seen + len, size - 1 - len, MSG_DONTWAIT);
        len += n > 0 ? (size_t)n : 0;
        seen[len] = 0;
        if (n > 0 && strstr(seen, "{\"a\":1}") != NULL)
            assert_true(send(fd, answer, strlen(answer), 0) > 0);
        http_client_run(client);
    }
    assert_true(served.over);
    (void)close(fd);
    (void)close(listener);
    http_client_destroy(&client);
    sender_destroy(&served.sender);
    buf_deinit(&scratch);
    return served.outcome;
}

static void a_call_goes_there_and_back(void **state)
{
    (void)state;
    char seen[4096];
    assert_int_equal(post("HTTP/1.1 204 No Content\r\n\r\n", seen, sizeof seen), OUTCOME_DONE);
    assert_int_equal(strncmp(seen, "POST /in HTTP/1.1\r\n", 19), 0);
    assert_non_null(strstr(seen, "Authorization: Bearer s3cret\r\n"));
    assert_non_null(strstr(seen, "Idempotency-Key: usher-7-5f\r\n"));
    assert_non_null(strstr(seen, "Content-Type: application/json\r\n"));
    assert_int_equal(
        post("HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", seen, sizeof seen),
        OUTCOME_RETRY);
    assert_int_equal(post("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", seen, sizeof seen),
                     OUTCOME_FAILED);
}

/* A request that wants to know these of the answer. */
static struct slice request_of(struct buf *out)
{
    static const char *const wanted[][2] = {{"url", "/made/link"},
                                            {"url", "/link"},
                                            {"url", "/links/{rel=pay}/href"},
                                            {"id", "/id"},
                                            {"refused", "/no"},
                                            {"error", "/error/message"},
                                            {"again", "/{code=20000}/code"}};
    char bytes[512];
    struct buf reads = {.data = bytes, .cap = sizeof bytes, .max = sizeof bytes};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct message field = {
            .kind = MESSAGE_answer_field,
            .answer_field = {slice_from(wanted[i][0]), slice_from(wanted[i][1])}};
        wire_encode(&reads, &field);
    }
    const struct message request = {
        .kind = MESSAGE_part_request,
        .part_request = {.method = SLICE("POST"),
                         .path = SLICE("/v1/orders"),
                         .type = SLICE("application/x-www-form-urlencoded"),
                         .body = SLICE("a=1"),
                         .reads = buf_slice(&reads)}};
    buf_clear(out);
    wire_encode(out, &request);
    return buf_slice(out);
}

static void a_request_says_what_goes_where(void **state)
{
    (void)state;
    struct buf params, scratch;
    struct request request;
    buf_init(&params, 4096);
    buf_init(&scratch, 4096);
    const struct endpoint endpoint = {
        .url = "https://acme.example", .scheme = "X-Key: ", .secret = "s3cret"};
    const struct outgoing call = {7, "request", request_of(&params), 0, 0x5f};
    assert_int_equal(carrier_http.request(&endpoint, &call, &scratch, &request), ERROR_NONE);
    assert_string_equal(request.method, "POST");
    assert_string_equal(request.url, "https://acme.example/v1/orders");
    assert_string_equal(request.content_type, "application/x-www-form-urlencoded");
    assert_string_equal(request.headers[0], "Idempotency-Key: usher-7-5f");
    assert_string_equal(request.headers[1], "X-Key: s3cret");
    assert_null(request.headers[2]);
    assert_true(slice_is(request.body, "a=1"));
    buf_clear(&scratch);
    const struct endpoint shop = {.url = "https://acme.example",
                                  .scheme = "Authorization: Basic ",
                                  .key = "Idempotence-Key",
                                  .user = "Aladdin",
                                  .secret = "open sesame"};
    assert_int_equal(carrier_http.request(&shop, &call, &scratch, &request), ERROR_NONE);
    assert_string_equal(request.headers[0], "Idempotence-Key: usher-7-5f");
    assert_string_equal(request.headers[1], "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    buf_clear(&scratch);
    const struct outgoing broken = {7, "request", SLICE("{}"), 0, 0x5f};
    assert_int_equal(carrier_http.request(&endpoint, &broken, &scratch, &request), ERROR_INVALID);
    buf_deinit(&params);
    buf_deinit(&scratch);
}

static struct verdict of_request(unsigned status, const char *body)
{
    struct prng prng = {1};
    struct verdict verdict;
    struct buf params;
    buf_init(&params, 4096);
    const struct carrier_answer answer = {
        .status = status, .body = slice_from(body), .params = request_of(&params)};
    carrier_http.verdict(DELIVERY_request, 0, &answer, &prng, &verdict);
    buf_deinit(&params);
    return verdict;
}

static void a_request_brings_back_what_it_wants(void **state)
{
    (void)state;
    struct message field;
    struct verdict verdict =
        of_request(200, "{\"link\":\"https://p.example\",\"id\":12345678901234}");
    assert_int_equal(verdict.outcome, OUTCOME_DONE);
    assert_int_equal(verdict.status, 200);
    struct slice rest = slice_of(verdict.answer, verdict.answer_len);
    assert_int_equal(wire_decode(&rest, &field, NULL), ERROR_NONE);
    assert_true(slice_is(field.answer_field.name, "url"));
    assert_true(slice_is(field.answer_field.value, "https://p.example"));
    assert_int_equal(wire_decode(&rest, &field, NULL), ERROR_NONE);
    assert_true(slice_is(field.answer_field.value, "12345678901234"));
    assert_int_equal(rest.len, 0);

    verdict =
        of_request(200, "{\"links\":[7,{\"rel\":\"self\",\"href\":\"a\"},"
                        "{\"rel\":\"pay\",\"href\":\"b\"},{\"rel\":\"pay\",\"href\":\"c\"}]}");
    assert_int_equal(wire_decode_one(slice_of(verdict.answer, verdict.answer_len), &field, NULL),
                     ERROR_NONE);
    assert_true(slice_is(field.answer_field.value, "b"));
    assert_int_equal(of_request(200, "{\"links\":{\"rel\":\"pay\"}}").answer_len, 0);

    verdict = of_request(200, "no JSON");
    assert_int_equal(verdict.outcome, OUTCOME_DONE);
    assert_int_equal(verdict.answer_len, 0);
    verdict = of_request(402, "{\"error\":{\"message\":\"no\\nmoney\"}}");
    assert_int_equal(verdict.outcome, OUTCOME_FAILED);
    assert_non_null(strstr(verdict.error, "status 402: no"));
    assert_null(strchr(verdict.error, '\n'));
    verdict = of_request(200, "{\"no\":\"FORBIDDEN\",\"error\":{\"message\":\"not active\"}}");
    assert_int_equal(verdict.outcome, OUTCOME_FAILED);
    assert_int_equal(verdict.status, 200);
    assert_string_equal(verdict.error, "status 200: not active");
    assert_int_equal(of_request(200, "{\"no\":\"\"}").outcome, OUTCOME_DONE);
    verdict = of_request(200, "{\"response\":{\"code\":\"20000\"},\"no\":\"busy\"}");
    assert_int_equal(verdict.outcome, OUTCOME_RETRY);
    assert_false(verdict.accepted);
    assert_int_equal(of_request(200, "{\"response\":{\"code\":\"10000\"}}").outcome, OUTCOME_DONE);
    static const unsigned again[] = {408, 409, 425, 429, 500, 503};
    for (size_t i = 0; i < sizeof again / sizeof *again; i++)
        assert_int_equal(of_request(again[i], "").outcome, OUTCOME_RETRY);
    assert_int_equal(of_status(DELIVERY_post, 409, 0).outcome, OUTCOME_FAILED);
    assert_int_equal(of_status(DELIVERY_request_once, 409, 0).outcome, OUTCOME_FAILED);
    assert_int_equal(of_status(DELIVERY_request_once, 500, 0).outcome, OUTCOME_IN_DOUBT);
    assert_int_equal(of_status(DELIVERY_request_once, 429, 0).outcome, OUTCOME_RETRY);
}

/* What fits nowhere is left out, and takes nothing with it. */
static void an_answer_is_bounded(void **state)
{
    (void)state;
    static char body[8192];
    static char text[3000];
    memset(text, 'x', sizeof text - 1);
    (void)snprintf(body, sizeof body, "{\"link\":\"%s\",\"id\":\"7\"}", text);
    struct verdict verdict = of_request(200, body);
    struct message field;
    assert_int_equal(wire_decode_one(slice_of(verdict.answer, verdict.answer_len), &field, NULL),
                     ERROR_NONE);
    assert_true(slice_is(field.answer_field.name, "id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_decides),
        cmocka_unit_test(it_says_how_long),
        cmocka_unit_test(a_call_goes_there_and_back),
        cmocka_unit_test(a_request_says_what_goes_where),
        cmocka_unit_test(a_request_brings_back_what_it_wants),
        cmocka_unit_test(an_answer_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
