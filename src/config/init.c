#include "config/config.h"

#include "base/assert.h"
#include "base/prng.h"
#include "config/starter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 32, ENV_BYTES_MAX = 4096 };

enum origin { ORIGIN_OPERATOR, ORIGIN_HEX, ORIGIN_WHSEC };

/* The variables that the starter names, and where their values come from. */
struct variable {
    const char *name;
    enum origin origin;
    const char *comment;
};

static const struct variable variables[] = {
    {"USHER_BOT_TOKEN", ORIGIN_OPERATOR, "The bot's token, from BotFather. Fill it in."},
    {"STRIPE_SECRET", ORIGIN_OPERATOR,
     "The signing secret of the webhook endpoint, from Stripe (whsec_...). Fill it in."},
    {"USHER_ADMIN_TOKEN", ORIGIN_HEX, "The operator's token for /api/v1."},
    {"USHER_WEBHOOK_SECRET", ORIGIN_HEX, "What Telegram says with each webhook call."},
    {"BTCPAY_SECRET", ORIGIN_HEX, "Give it to the webhook of the BTCPay store."},
    {"STANDARD_SECRET", ORIGIN_WHSEC, "Give it to the sender of the Standard Webhooks."},
    {"IME_SECRET", ORIGIN_HEX, "Give it to the gateway ime."},
};

static enum error join(const char *directory, const char *name, char *out, size_t out_size,
                       struct why *why);
static void put_variable(struct buf *out, const struct variable *variable);
static enum error make_file(const char *path, mode_t mode, struct slice text, struct why *why);
static enum error write_all(int fd, struct slice text);

enum error config_init(const char *directory, struct why *why)
{
    char yaml_path[PATH_MAX];
    char env_path[PATH_MAX];
    struct buf env;

    enum error error = join(directory, "usher.yaml", yaml_path, sizeof(yaml_path), why);
    if (error == ERROR_NONE)
        error = join(directory, "secrets.env", env_path, sizeof(env_path), why);
    if (error != ERROR_NONE)
        return error;
    if (mkdir(directory, 0700) != 0 && errno != EEXIST)
        return why_set(why, errno == EACCES ? ERROR_PERMISSION : ERROR_IO, "%s cannot be made: %s",
                       directory, strerror(errno));

    buf_init(&env, ENV_BYTES_MAX);
    if (buf_reserve(&env, ENV_BYTES_MAX) == NULL) /* at once, so that no growth leaves a copy */
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    buf_append_text(&env, "# The secrets of usher.yaml beside this file, one NAME=value on a line. "
                          "The environment\n# goes before this file. Keep its mode at 0600.\n");
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
        put_variable(&env, &variables[i]);
    ASSERT(!env.failed);

    error = make_file(yaml_path, 0644, slice_from(starter_text), why);
    if (error == ERROR_NONE) {
        error = make_file(env_path, 0600, buf_slice(&env), why);
        /* Half of the two would refuse the next attempt; what was there before is never touched. */
        if (error != ERROR_NONE && unlink(yaml_path) != 0)
            error = why_set(why, ERROR_IO, "%s is left over; remove it", yaml_path);
    }
    OPENSSL_cleanse(env.data, env.cap);
    buf_deinit(&env);
    return error;
}

static enum error join(const char *directory, const char *name, char *out, size_t out_size,
                       struct why *why)
{
    size_t len = strlen(directory);
    const char *slash = len > 0 && directory[len - 1] == '/' ? "" : "/";
    int n = snprintf(out, out_size, "%s%s%s", directory, slash, name);
    if (len == 0 || n < 0 || (size_t)n >= out_size)
        return why_set(why, ERROR_INVALID, "the folder's name is empty or too long");
    return ERROR_NONE;
}

static void put_variable(struct buf *out, const struct variable *variable)
{
    uint8_t bytes[SECRET_BYTES];
    char text[2 * SECRET_BYTES + 1] = "";

    if (variable->origin != ORIGIN_OPERATOR) {
        random_bytes(bytes, sizeof(bytes));
        if (variable->origin == ORIGIN_HEX)
            hex_encode(bytes, sizeof(bytes), text, sizeof(text));
        else
            base64_encode(bytes, sizeof(bytes), text, sizeof(text));
    }
    buf_printf(out, "\n# %s\n%s=%s", variable->comment, variable->name,
               variable->origin == ORIGIN_WHSEC ? "whsec_" : "");
    buf_append_text(out, text);
    buf_append_u8(out, '\n');
    OPENSSL_cleanse(bytes, sizeof(bytes));
    OPENSSL_cleanse(text, sizeof(text));
}

static enum error make_file(const char *path, mode_t mode, struct slice text, struct why *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST)
        return why_set(why, ERROR_EXISTS, "%s is there already and is left as it is", path);
    if (fd < 0)
        return why_set(why, errno == EACCES ? ERROR_PERMISSION : ERROR_IO, "%s cannot be made: %s",
                       path, strerror(errno));
    enum error error = write_all(fd, text);
    if (close(fd) != 0 && error == ERROR_NONE)
        error = errno == ENOSPC ? ERROR_FULL : ERROR_IO;
    if (error != ERROR_NONE) {
        why_set(why, error, "%s cannot be written: %s", path, error_text(error));
        if (unlink(path) != 0)
            why_set(why, error, "%s is only half written; remove it", path);
    }
    return error;
}

static enum error write_all(int fd, struct slice text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == ENOSPC ? ERROR_FULL : ERROR_IO;
        text = slice_of(text.data + n, text.len - (size_t)n);
    }
    return fsync(fd) == 0 ? ERROR_NONE : ERROR_IO;
}
