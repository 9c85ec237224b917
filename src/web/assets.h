/* The console's files, packed into the program by tools/pack-assets: raw, gzip and brotli. A name
 * with a hash is for ever; /console/ and every page beneath it is the one document, which is asked
 * about anew each time. Pure, and called by the HTTP server's threads. */
#ifndef USHER_WEB_ASSETS_H
#define USHER_WEB_ASSETS_H

#include "http/server.h"

enum asset_coding { ASSET_RAW, ASSET_GZIP, ASSET_BROTLI, ASSET_CODINGS };

struct asset {
    const char *path; /* whole, such as "/console/assets/app-0123456789abcdef.js" */
    const char *type;
    const char *etags[ASSET_CODINGS]; /* SHA-256 of the raw bytes, in quotes; each coding its own */
    struct slice bodies[ASSET_CODINGS];
};

/* All of them, one without a path ends them; the first is the document. Made by tools/pack-assets.
 */
extern const struct asset assets[];

/* Any request below /console; false for all others. */
bool assets_answer(const struct http_request *request, struct http_fixed *out);

/* The best coding that the value of an Accept-Encoding takes: brotli, then gzip (RFC 9110,
 * 12.5.3). */
enum asset_coding asset_coding(struct slice accept);
/* Does the value of an If-None-Match name this etag? A list, weak or not; "*" is any. */
bool asset_known(struct slice if_none_match, const char *etag);

#endif
