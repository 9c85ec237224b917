/* The operators' API as tools of the Model Context Protocol (revision 2025-06-18): one tool for
 * each operation of openapi.h, named by its operationId, so that nothing is described twice. What
 * a tool takes (path, query, body, the idempotency key) is one flat object. Operations that need
 * no credential (logging in) are no tools. */
#ifndef USHER_DESK_MCP_TOOLS_H
#define USHER_DESK_MCP_TOOLS_H

#include "base/json.h"

enum { MCP_PATH_BYTES_MAX = 4096, MCP_KEY_SIZE = 129 };

/* What a call of a tool asks the API. */
struct mcp_request {
    char method[8];
    struct buf path; /* "/api/v1/..." with its query, ends with a NUL; the caller deinits it */
    struct buf body; /* JSON, or empty; likewise */
    char key[MCP_KEY_SIZE]; /* of Idempotency-Key; "": none */
};

/* The list of tools; without changes only what reads. The caller frees it with json_free; NULL: out
 * of memory. */
cJSON *mcp_tools_make(bool changes);

/* What the tool of this name asks with these arguments (an object, or NULL: none). ERROR_NOT_FOUND:
 * no such tool, also where it changes something and changes is false; ERROR_INVALID, with the
 * argument in why; ERROR_MEMORY. The buffers of out are initialised whatever comes back. */
enum error mcp_tools_request(struct slice name, const cJSON *arguments, bool changes,
                             size_t body_bytes_max, struct mcp_request *out, struct why *why);

#endif
