/* A fact as an event that goes out, by the specification of Standard Webhooks: the JSON body, an id
 * that is the same however often it is sent, and the signature over both and the time of sending.
 */
#ifndef USHER_WEBHOOK_ENVELOPE_H
#define USHER_WEBHOOK_ENVELOPE_H

#include "base/buf.h"
#include "base/encoding.h"
#include "wire/event_name.h"
#include "wire/wire.h"

enum { WEBHOOK_ID_MAX = 64, WEBHOOK_SIGNATURE_MAX = 63 };

/* Its name; false for a record, for what is no event, and for what this program does not know.
 * fact: room for its struct, kept for webhook_body. */
enum { WEBHOOK_FACT_WORDS = 1024 };
bool webhook_event(const struct message_news_item *item, uint64_t fact[WEBHOOK_FACT_WORDS],
                   char name[EVENT_NAME_MAX + 1]);

/* {"type":"payment.paid","timestamp":"2026-01-31T12:00:00Z","data":{...}}; no secrets.
 * ERROR_MEMORY. */
enum error webhook_body(const struct message_news_item *item, const uint64_t *fact,
                        const char *name, struct buf *out);

/* "evt_1234_2": the command's sequence, and the fact's place among those of the command. */
void webhook_id(const struct message_news_item *item, char out[WEBHOOK_ID_MAX + 1]);

/* NULL: no memory, or no such secret. */
struct hmac *webhook_key(struct slice secret);
/* "v1,BASE64"; false when there is no memory. seconds: Unix time of this attempt. */
bool webhook_sign(struct hmac *key, const char *id, uint64_t seconds, struct slice body,
                  char out[WEBHOOK_SIGNATURE_MAX + 1]);

#endif
