/* The signature header taken apart: raw, prefix, kv ("t=1,v1=ab") or list ("v1,ab v1,cd"). Nothing
 * is decoded or believed here. */
#ifndef USHER_GATEWAY_SIGNATURE_H
#define USHER_GATEWAY_SIGNATURE_H

#include "config/config.h"
#include "gateway/gateway.h"

enum { SIGNATURES_MAX = 16, SIGNATURE_HEADER_MAX = 4096 };

/* Slices point into the header's value. */
struct signatures {
    struct slice items[SIGNATURES_MAX]; /* each still encoded */
    size_t count;
    struct slice timestamp; /* of timestamp_field; absent when there is none */
};

/* GATEWAY_accepted: it could be taken apart and holds at least one signature. Otherwise
 * signature_missing, signature_malformed, or timestamp_malformed for a timestamp that is given
 * twice. */
enum gateway_verdict signatures_read(const struct config_hmac *profile, struct slice value,
                                     struct signatures *out);

#endif
