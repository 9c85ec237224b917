/* QR codes as inline SVG, by libqrencode, which is seen nowhere else. Pure. */
#ifndef USHER_WEB_QR_H
#define USHER_WEB_QR_H

#include "base/buf.h"

enum { QR_BYTES_MAX = 1024 };

/* Appends the code of these bytes (error correction M), dark on light with a quiet zone of four
 * modules, label for who does not see it. False, and nothing is appended, when they are more than
 * QR_BYTES_MAX, none, or there is no memory. */
bool qr_svg(struct buf *out, struct slice bytes, struct slice label);

#endif
