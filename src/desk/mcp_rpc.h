/* The Model Context Protocol, revision 2025-06-18, for one message of JSON-RPC 2.0: initialize,
 * ping, tools/list, tools/call. Pure but for ask, which carries a tool's request to the API. No
 * state between messages. */
#ifndef USHER_DESK_MCP_RPC_H
#define USHER_DESK_MCP_RPC_H

#include "desk/mcp_tools.h"

enum { MCP_MESSAGE_BYTES_MAX = 256 * 1024, MCP_ANSWER_BYTES_MAX = 32 * 1024 * 1024 };

struct mcp {
    bool changes; /* also tools that change something */
    /* Appends the API's answer to json, whatever its status. An error: it could not be asked. */
    enum error (*ask)(void *context, const struct mcp_request *request, unsigned *status,
                      struct buf *json, struct why *why);
    void *context;
};

/* Appends the answer to a message, without a line's end; nothing to a notification or a response.
 * out->failed: it had no room. */
void mcp_answer(const struct mcp *mcp, struct slice message, struct buf *out);
/* The answer to a message that was longer than MCP_MESSAGE_BYTES_MAX. */
void mcp_answer_too_long(struct buf *out);

#endif
