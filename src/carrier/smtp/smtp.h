/* E-mail as a carrier: the params {"to", "subject", "text"} become a message to one address. 2xx is
 * done; 4xx, and no answer, are tried again; 5xx is for good, but for the server's refusal to know
 * us (530, 534, 535, 538), which no other mail survives either. As a mail may come twice, when the
 * connection is lost before the word that it was taken, it keeps its Message-ID. Pure. */
#ifndef USHER_CARRIER_SMTP_SMTP_H
#define USHER_CARRIER_SMTP_SMTP_H

#include "courier/carrier.h"

/* Shorter than RFC 5321's ten minutes, since a delivery is lent for one. */
enum { SMTP_TRANSIT_MS = 1000, SMTP_TIMEOUT_MS = 30000 };

extern const struct carrier carrier_smtp;

#endif
