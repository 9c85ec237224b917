/* Checkouts for the moment: another one of an order that has one, made when its payer taps [Pay] on
 * a phone, for a gateway that must know from which address they pay (WeChat Pay's H5). It is asked
 * for by who asks gateways (inquiry.h) and not by the ledger, so that nothing of a payer's address
 * is journaled. Tapped again, it is the same checkout by the same number, at a new place. Pure. */
#ifndef USHER_GATEWAY_TAP_H
#define USHER_GATEWAY_TAP_H

#include "gateway/check.h"

enum { TAP_URL_MAX = 1024 };

/* Fills ask. address: the payer's, as text. False: this gateway makes none of this order. */
bool tap_ask(const struct config *config, const struct message_part_checkout *order,
             struct slice address, struct check_ask *ask);
/* Where the payer's phone is to go. False: the answer says no, and error says why in the gateway's
 * words, "" when it has none. */
bool tap_read(unsigned status, struct slice body, char url[TAP_URL_MAX + 1], char error[256]);

#endif
