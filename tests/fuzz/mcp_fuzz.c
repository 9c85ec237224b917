/* Any bytes as a message to usher mcp, with changes or not by the first: an answer is one line of
 * JSON, and what is asked of the API lies below it and has no line's end. */
#define MODULES_DEF "tests/fuzz/shape_modules.def"
#include "tests/unit/ledger/sample.h"

#include "desk/mcp_rpc.h"

#include <stdlib.h>
#include <string.h>

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

static enum error ask(void *context, const struct mcp_request *request, unsigned *status,
                      struct buf *json, struct why *why)
{
    (void)context, (void)why;
    MUST(strncmp(request->path.data, "/api/v1/", 8) == 0);
    MUST(strpbrk(request->path.data, " \r\n#") == NULL &&
         strstr(request->path.data, "/../") == NULL);
    MUST(strpbrk(request->key, "\r\n") == NULL);
    *status = 200;
    buf_append_text(json, "{}");
    return ERROR_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct mcp mcp = {.changes = data[0] == '+', .ask = ask};
    struct buf out;
    cJSON *answer = NULL;
    buf_init(&out, MCP_ANSWER_BYTES_MAX);
    mcp_answer(&mcp, slice_of(data + 1, size - 1), &out);
    MUST(!out.failed);
    if (out.len > 0) {
        MUST(memchr(out.data, '\n', out.len) == NULL);
        MUST(json_parse(buf_slice(&out), MCP_ANSWER_BYTES_MAX, 32, &answer, NULL) == ERROR_NONE);
    }
    json_free(&answer);
    buf_deinit(&out);
    return 0;
}
