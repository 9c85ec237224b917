/* usher mcp: the operators' API for an assistant, as tools of the Model Context Protocol over
 * standard input and output. Each call is a request to the running usher with the key's token, so
 * roles, scopes, rates and the audit are the API's own. */
#include "cli/ask.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "desk/mcp_rpc.h"
#include "http/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: usher mcp [--allow-changes] [--url URL] [--config FILE]\n"
    "\n"
    "Speaks the Model Context Protocol on standard input and output, for an assistant's program "
    "to\n"
    "start. Its tools are the operations of the API; only what reads, unless --allow-changes is\n"
    "said. The token is that of USHER_TOKEN in the environment (an API key: its role and scopes\n"
    "hold), or else admin.token of the configuration. With USHER_TOKEN and --url no configuration\n"
    "is read.\n";

enum { TOKEN_BYTES_MAX = 4096, HEADER_SIZE = 256, URL_BYTES_MAX = 4096, CALL_TIMEOUT_MS = 40000 };

struct peer {
    char authorization[TOKEN_BYTES_MAX];
    struct buf url;
};

static int find_peer(struct peer *peer, const struct cli_common *common, const char *url);
static int serve(const struct mcp *mcp);
static bool read_line(struct buf *line, bool *too_long);
static enum error ask(void *context, const struct mcp_request *request, unsigned *status,
                      struct buf *json, struct why *why);

int cli_mcp(int argc, char **argv)
{
    struct cli_common common;
    struct peer peer;
    struct mcp mcp = {.ask = ask, .context = &peer};
    const char *url = NULL;
    const struct cli_value values[] = {
        {"url", &url, NULL}, {"allow-changes", NULL, &mcp.changes}, {0}};

    int code = cli_options(&common, argc, argv, values, usage);
    if (code != CLI_GO_ON)
        return code;
    if (!cli_operands_end(argc, argv, usage))
        return CLI_USAGE;
    buf_init(&peer.url, URL_BYTES_MAX);
    code = find_peer(&peer, &common, url);
    if (code == CLI_DONE)
        code = serve(&mcp);
    buf_deinit(&peer.url);
    return code;
}

static int find_peer(struct peer *peer, const struct cli_common *common, const char *url)
{
    struct why why = {""};
    const char *token = getenv("USHER_TOKEN");
    struct config *config = NULL;
    enum error error = ERROR_NONE;

    if (token == NULL || token[0] == '\0' || url == NULL) {
        config = cli_config_load(common);
        if (config == NULL)
            return CLI_FAILED;
        error = cli_base_url(config, url, &peer->url, &why);
        if (token == NULL || token[0] == '\0')
            token = config->admin_token;
    } else {
        buf_append_text(&peer->url, url);
    }
    int n = snprintf(peer->authorization, sizeof peer->authorization, "Authorization: Bearer %s",
                     token);
    if (error == ERROR_NONE && (n < 0 || (size_t)n >= sizeof peer->authorization ||
                                strpbrk(peer->authorization, "\r\n") != NULL))
        error = why_set(&why, ERROR_INVALID, "the token is too long or not one line");
    if (error != ERROR_NONE)
        fprintf(stderr, "usher: %s\n", why.text);
    config_destroy(&config);
    return error == ERROR_NONE ? CLI_DONE : CLI_FAILED;
}

/* Until the input ends. */
static int serve(const struct mcp *mcp)
{
    struct buf line, out;
    bool too_long;
    int code = CLI_DONE;

    buf_init(&line, MCP_MESSAGE_BYTES_MAX);
    buf_init(&out, MCP_ANSWER_BYTES_MAX);
    while (code == CLI_DONE && read_line(&line, &too_long)) {
        buf_clear(&out);
        if (too_long)
            mcp_answer_too_long(&out);
        else if (line.len > 0)
            mcp_answer(mcp, buf_slice(&line), &out);
        if (out.len == 0 && !out.failed)
            continue;
        buf_append_u8(&out, '\n');
        if (out.failed) {
            fprintf(stderr, "usher: mcp: an answer has no room; ask for less\n");
            code = CLI_FAILED;
        } else if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0) {
            code = CLI_FAILED;
        }
    }
    buf_deinit(&line);
    buf_deinit(&out);
    return code;
}

/* False: the input is over. What is longer than fits is read to its end and forgotten. */
static bool read_line(struct buf *line, bool *too_long)
{
    int byte;
    buf_clear(line);
    while ((byte = getchar()) != EOF && byte != '\n')
        if (!line->failed)
            buf_append_u8(line, (uint8_t)byte);
    *too_long = line->failed;
    return byte != EOF || line->len > 0;
}

static enum error ask(void *context, const struct mcp_request *request, unsigned *status,
                      struct buf *json, struct why *why)
{
    const struct peer *peer = context;
    char key[HEADER_SIZE];
    struct buf url;
    struct why detail = {""};
    const char *headers[] = {peer->authorization, request->key[0] == '\0' ? NULL : key, NULL};
    struct fetch fetch = {.method = request->method,
                          .headers = headers,
                          .body = buf_slice(&request->body),
                          .timeout_ms = CALL_TIMEOUT_MS};

    snprintf(key, sizeof key, "Idempotency-Key: %s", request->key);
    buf_init(&url, URL_BYTES_MAX + MCP_PATH_BYTES_MAX);
    buf_append(&url, peer->url.data, peer->url.len);
    buf_append_text(&url, request->path.data);
    buf_append_u8(&url, 0);
    fetch.url = url.data;
    enum error error = url.failed ? ERROR_MEMORY : fetch_run(&fetch, status, json, &detail);
    if (error != ERROR_NONE)
        why_set(why, error, "cannot reach the running usher: %s",
                detail.text[0] == '\0' ? error_text(error) : detail.text);
    buf_deinit(&url);
    return error;
}
