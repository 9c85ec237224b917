/* Any HTTP service as a carrier: POST of a JSON body to the lane's address. 2xx is done; 408, 425,
 * 429, 5xx and no answer are tried again, after Retry-After where it is given; any other status is
 * for good. A header of the operator's choice says who we are. As a call may come twice, it carries
 * the header Idempotency-Key, the delivery's number.
 *
 * A request (wire/messages.def: part_request) says itself what goes where, and brings back the
 * status and what it wants to know of the answer. Of it 409 is tried again as well: somebody is
 * still at the attempt before. Pure. */
#ifndef USHER_CARRIER_HTTP_HTTP_H
#define USHER_CARRIER_HTTP_HTTP_H

#include "courier/carrier.h"

enum { HTTP_TRANSIT_MS = 1000, HTTP_TIMEOUT_MS = 15000 };

extern const struct carrier carrier_http;

#endif
