/* Letters between actors: one ZeroMQ message is a batch, one or more encoded wire messages one
 * after another, so that under load the price of a hop is shared by many. An outlet collects and
 * sends, an inlet receives and takes apart. Neither ever blocks.
 *
 * A send that finds the pipe full keeps its batch and says so: the actor then takes in no more of
 * what would end there (or answers "busy") until the batch has left. Nothing is dropped in silence.
 */
#ifndef USHER_ACTORS_POST_H
#define USHER_ACTORS_POST_H

#include "wire/wire.h"

#include <zmq.h>

enum {
    POST_BATCH_BYTES = 2048, /* a batch leaves when it is this long, so that the next actor can
                                begin, or at the end of a round */
    POST_MESSAGE_BYTES = 16777216, /* longest ZeroMQ message that is accepted */
};

struct outlet {
    void *socket;
    struct buf batch;
    bool stuck;        /* the last send found no room */
    const char *label; /* of usher_busy_total, a string literal */
};

/* Takes over the socket. bytes_max bounds what is kept while the pipe is full; the owner stops
 * putting long before, see outlet_has_room. */
void outlet_init(struct outlet *outlet, void *socket, const char *label, size_t bytes_max);
void outlet_deinit(struct outlet *outlet);

/* May new work that ends in this outlet be taken on: the pipe is not known to be full. */
bool outlet_has_room(struct outlet *outlet);
/* Adds a message; sends when the batch is long enough. False, and nothing is added, when bytes_max
 * are kept already: counted in usher_busy_total. */
bool outlet_put(struct outlet *outlet, const struct message *message);
/* The same for one or more messages that are encoded already. */
bool outlet_put_encoded(struct outlet *outlet, struct slice messages);
/* Tries to send what is collected; true when nothing is left. */
bool outlet_flush(struct outlet *outlet);
bool outlet_empty(const struct outlet *outlet);

struct inlet {
    void *socket;
    zmq_msg_t message;
    struct slice rest; /* of message, not yet taken apart */
};

/* Takes over the socket. */
void inlet_init(struct inlet *inlet, void *socket);
void inlet_deinit(struct inlet *inlet);
/* The next message, good until the next call; false when there is none now. A batch that does not
 * decode is logged, and the rest of it left out: its sender is of another version or broken. */
bool inlet_next(struct inlet *inlet, struct message *message);
/* Part of a batch is still in hand, which polling the socket does not show. */
bool inlet_has_rest(const struct inlet *inlet);

/* Sends bytes as one ZeroMQ message without waiting; false when there is no room. */
bool post_send(void *socket, struct slice bytes);
/* Receives into message (initialised); false when there is nothing. */
bool post_receive(void *socket, zmq_msg_t *message);

#endif
