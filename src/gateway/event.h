/* Filling a payment_event from a gateway's JSON, by the rules that all kinds share: what identifies
 * a payment must be whole and clean or the event is refused; all else that is missing or strange
 * counts as absent, so that the payment is recorded and an operator settles it. */
#ifndef USHER_GATEWAY_EVENT_H
#define USHER_GATEWAY_EVENT_H

#include "base/json.h"
#include "gateway/gateway.h"

/* A string's text or a number's (as it was written), "true" or "false"; absent for anything else
 * and for the empty string. scratch holds what is not in the tree. */
struct slice event_text(const cJSON *item, char scratch[JSON_NUMBER_TEXT_SIZE]);

/* For an event of no type that its kind knows: GATEWAY_unused, or GATEWAY_type_unreadable when the
 * type is no clean text, so that nobody knows what was missed. */
enum gateway_verdict event_unknown(struct slice type);

/* Kind and ids. GATEWAY_body_incomplete when payment_id is absent, GATEWAY_id_unusable when an id
 * is over-long or not clean text. An absent event_id is derived from kind and payment id (of a
 * partial refund also from the amount, which is set before), and so is stable. */
enum gateway_verdict event_identify(struct payment_event *event, enum payment_kind kind,
                                    struct slice payment_id, struct slice event_id);

/* A string of digits or an integer, 1 .. 2^52 - 1; else absent. */
void event_set_member(struct payment_event *event, const cJSON *telegram_id);
void event_set_plan(struct payment_event *event, const cJSON *plan);
void event_set_order(struct payment_event *event, const cJSON *order_id);

/* amount in the currency's units, as a decimal string or number. */
void event_set_money(struct payment_event *event, const cJSON *amount, const cJSON *currency);
/* amount as an integer (or a string of digits) in minor units. decimals: how many the sender counts
 * in this currency; negative: as many as we do. */
void event_set_minor(struct payment_event *event, const cJSON *amount, const cJSON *currency,
                     int decimals);

/* The id of the refund or dispute that the event is about; one that is over-long or not clean
 * counts as absent. */
void event_set_part(struct payment_event *event, struct slice part_id);
/* The id of what has many payments, of which this is one; one that is over-long or not clean counts
 * as absent. */
void event_set_subscription(struct payment_event *event, struct slice id);
/* The gateway's id of who pays it; the same. */
void event_set_customer(struct payment_event *event, struct slice id);
/* Until when that is paid, Unix time in whole seconds: the latest of those that are told. */
void event_set_until_s(struct payment_event *event, const cJSON *seconds);
/* Another id of the payment; kept when it is clean, whole and not the payment's own. */
void event_add_alias(struct payment_event *event, struct slice id);

/* What the merchant gave the gateway along with the payment: a text that is JSON
 * {"telegram_id", "plan", "order_id"} (or "order"), percent-encoded or not, or an object with these
 * members. Fills those that it names and that are not set. False when it is nothing of the kind. */
bool event_set_passback(struct payment_event *event, const cJSON *passback);

/* RFC 3339; else absent. */
void event_set_occurred_text(struct payment_event *event, const cJSON *time);
/* Unix time in whole seconds; else absent. */
void event_set_occurred_s(struct payment_event *event, const cJSON *seconds);

#endif
