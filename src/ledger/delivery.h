/* Inside the ledger: deliveries as they are stored, each with the parts of its letter behind it, so
 * that a command that touches one reads it once and writes it once. The delivery at hand is kept in
 * struct ledger until another is asked for or the batch ends. What moves a delivery from state to
 * state is outbox.h. */
#ifndef USHER_LEDGER_DELIVERY_H
#define USHER_LEDGER_DELIVERY_H

#include "ledger/state.h"

enum { DELIVERY_PARTS_BYTES_MAX = 262144, DELIVERY_PART_BYTES_MAX = 16384 };

/* The record's bytes in a value of TABLE_deliveries. */
bool delivery_record(struct slice value, struct slice *record);

bool delivery_load(struct ledger *ledger, uint64_t id, struct record_delivery *out);
/* The parts stay as they are. */
void delivery_store(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);
void delivery_remove(struct ledger *ledger, uint64_t id);

/* All parts of this delivery, for part_next, until the next call of this file with another id or a
 * change. */
struct slice delivery_parts(struct ledger *ledger, uint64_t id);
/* Takes one encoded part from the front; false at the end. */
bool part_next(struct slice *parts, struct slice *part);
/* What part_next reads, behind the parts that are there. False when there is no room for them. */
bool delivery_parts_add(struct ledger *ledger, uint64_t id, struct slice parts);
void delivery_parts_drop(struct ledger *ledger, uint64_t id);
/* One encoded part, made ready for delivery_parts_add. */
void part_frame(struct buf *parts, struct slice part);

/* Writes the delivery at hand into the transaction when it was changed. */
void delivery_flush(struct ledger *ledger);
/* Forgets the delivery at hand, changed or not. */
void delivery_forget(struct ledger *ledger);

#endif
