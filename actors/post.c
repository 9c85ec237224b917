#include "actors/post.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/metrics.h"

#include <errno.h>
#include <stdatomic.h>

#if defined(__SANITIZE_THREAD__)
#define POST_SHOW_ORDER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POST_SHOW_ORDER 1
#endif
#endif

/* ZeroMQ orders everything before a send before everything after its receipt, by means that a
 * thread sanitizer cannot see in an uninstrumented library. One shared counter shows it that order.
 */
#ifdef POST_SHOW_ORDER
static _Atomic unsigned order;
#define SHOW_SEND()    atomic_fetch_add_explicit(&order, 1, memory_order_release)
#define SHOW_RECEIPT() atomic_load_explicit(&order, memory_order_acquire)
#else
#define SHOW_SEND()    (void)0
#define SHOW_RECEIPT() (void)0
#endif

static bool settle(struct outlet *outlet, size_t before);

void outlet_init(struct outlet *outlet, void *socket, const char *label, size_t bytes_max)
{
    *outlet = (struct outlet){.socket = socket, .label = label};
    buf_init(&outlet->batch, bytes_max);
}

void outlet_deinit(struct outlet *outlet)
{
    if (outlet->socket != NULL)
        ASSERT(zmq_close(outlet->socket) == 0);
    buf_deinit(&outlet->batch);
    outlet->socket = NULL;
}

bool outlet_has_room(struct outlet *outlet)
{
    return !outlet->stuck || outlet_flush(outlet);
}

bool outlet_put(struct outlet *outlet, const struct message *message)
{
    size_t before = outlet->batch.len;
    wire_encode(&outlet->batch, message);
    return settle(outlet, before);
}

bool outlet_put_encoded(struct outlet *outlet, struct slice messages)
{
    size_t before = outlet->batch.len;
    buf_append_slice(&outlet->batch, messages);
    return settle(outlet, before);
}

bool outlet_flush(struct outlet *outlet)
{
    if (outlet->batch.len == 0)
        return true;
    outlet->stuck = !post_send(outlet->socket, buf_slice(&outlet->batch));
    if (!outlet->stuck)
        buf_clear(&outlet->batch);
    return !outlet->stuck;
}

bool outlet_empty(const struct outlet *outlet)
{
    return outlet->batch.len == 0;
}

void inlet_init(struct inlet *inlet, void *socket)
{
    *inlet = (struct inlet){.socket = socket};
    ASSERT(zmq_msg_init(&inlet->message) == 0);
}

void inlet_deinit(struct inlet *inlet)
{
    if (inlet->socket == NULL)
        return;
    ASSERT(zmq_msg_close(&inlet->message) == 0);
    ASSERT(zmq_close(inlet->socket) == 0);
    inlet->socket = NULL;
}

bool inlet_next(struct inlet *inlet, struct message *message)
{
    struct why why = {""};
    for (;;) {
        if (inlet->rest.len == 0) {
            if (!post_receive(inlet->socket, &inlet->message))
                return false;
            inlet->rest = slice_of(zmq_msg_data(&inlet->message), zmq_msg_size(&inlet->message));
        }
        enum error error = wire_decode(&inlet->rest, message, &why);
        if (error == ERROR_NONE)
            return true;
        if (error != ERROR_NOT_FOUND)
            log_event(LOG_bad_message, "error=\"%s\"", why.text);
        inlet->rest = (struct slice){NULL, 0};
    }
}

bool inlet_has_rest(const struct inlet *inlet)
{
    return inlet->rest.len > 0;
}

bool post_send(void *socket, struct slice bytes)
{
    zmq_msg_t message;

    if (zmq_msg_init_size(&message, bytes.len) != 0)
        return false; /* no memory is no room, too */
    if (bytes.len > 0)
        memcpy(zmq_msg_data(&message), bytes.data, bytes.len);
    SHOW_SEND();
    while (zmq_msg_send(&message, socket, ZMQ_DONTWAIT) < 0) {
        if (errno == EINTR)
            continue;
        ASSERT(errno == EAGAIN || errno == ETERM || errno == EHOSTUNREACH);
        ASSERT(zmq_msg_close(&message) == 0);
        return false;
    }
    return true;
}

bool post_receive(void *socket, zmq_msg_t *message)
{
    for (;;) {
        if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) >= 0) {
            SHOW_RECEIPT();
            return true;
        }
        if (errno == EINTR)
            continue;
        ASSERT(errno == EAGAIN || errno == ETERM);
        return false;
    }
}

/* After an append: takes back what did not fit, sends what is long enough. */
static bool settle(struct outlet *outlet, size_t before)
{
    if (outlet->batch.failed) {
        outlet->batch.len = before;
        outlet->batch.failed = false;
        metric_add(metric_series(METRIC_usher_busy_total, outlet->label, NULL), 1);
        return false;
    }
    if (outlet->batch.len >= POST_BATCH_BYTES && !outlet->stuck)
        outlet_flush(outlet);
    return true;
}
