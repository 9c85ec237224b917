/* Addresses as the configuration writes them: web addresses, and host:port to listen on. Pure. */
#ifndef USHER_CONFIG_WEB_H
#define USHER_CONFIG_WEB_H

#include "base/slice.h"

#include <stdint.h>

/* http:// or https://, a host with an optional port, no user, no blanks or control characters. */
bool web_is_link(struct slice text);
/* The same, to which paths can be appended: without '?' and '#'. */
bool web_is_address(struct slice text);

/* An address that no browser opens and a phone scans: weixin://, and no blanks, quotes or control
 * characters. */
bool web_is_scanned(struct slice text);
/* Where something can be paid: a link, or what is scanned. */
bool web_is_payable(struct slice text);

/* smtp:// or smtps://, a host with an optional port, and nothing behind it. */
bool web_is_mail(struct slice text);

/* An address whose host is this machine: localhost, 127.x.x.x, [::1], or the unspecified one. */
bool web_is_loopback(struct slice text);

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080" (127.0.0.1): host gets the bare IP address. */
bool web_split_listen(struct slice text, char *host, size_t host_size, uint16_t *port);

/* "tcp://host:port" or "inproc://name"; a host of a tcp endpoint may be a name or "*". */
bool web_is_endpoint(struct slice text);

#endif
