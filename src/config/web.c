#include "config/web.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>

static bool starts(struct slice text, const char *prefix, struct slice *rest);
static bool is_clean(struct slice text);
static bool is_authority(struct slice text);
static bool is_loopback_name(const char *host);
static bool is_host_name(struct slice text);
static bool split_port(struct slice text, struct slice *host, uint16_t *port);

bool web_is_link(struct slice text)
{
    struct slice rest;
    if (!starts(text, "https://", &rest) && !starts(text, "http://", &rest))
        return false;
    size_t end = 0;
    while (end < rest.len && strchr("/?#", rest.data[end]) == NULL)
        end++;
    return is_clean(text) && is_authority(slice_of(rest.data, end));
}

bool web_is_address(struct slice text)
{
    return web_is_link(text) && memchr(text.data, '?', text.len) == NULL &&
           memchr(text.data, '#', text.len) == NULL;
}

bool web_is_scanned(struct slice text)
{
    struct slice rest;
    return starts(text, "weixin://", &rest) && rest.len > 0 && is_clean(text);
}

bool web_is_payable(struct slice text)
{
    return web_is_link(text) || web_is_scanned(text);
}

bool web_is_mail(struct slice text)
{
    struct slice rest;
    return (starts(text, "smtps://", &rest) || starts(text, "smtp://", &rest)) &&
           slice_is_text(text) && is_authority(rest);
}

bool web_is_loopback(struct slice text)
{
    struct slice rest;
    struct in6_addr v6;
    struct in_addr v4;
    char host[256];

    if (!starts(text, "https://", &rest) && !starts(text, "http://", &rest) &&
        !starts(text, "smtps://", &rest) && !starts(text, "smtp://", &rest))
        return false;
    size_t end = 0;
    bool bracketed = rest.len > 0 && rest.data[0] == '[';
    while (end < rest.len && strchr(bracketed ? "]" : "/?#:", rest.data[end]) == NULL)
        end++;
    if (!slice_copy(slice_of(rest.data + bracketed, end - bracketed), host, sizeof(host)))
        return false;
    if (bracketed)
        return inet_pton(AF_INET6, host, &v6) == 1 &&
               (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
                (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127));
    /* As resolvers read it, also "127.1" and "0". */
    if (inet_aton(host, &v4) == 1)
        return v4.s_addr == INADDR_ANY || (ntohl(v4.s_addr) >> 24) == 127;
    return is_loopback_name(host);
}

bool web_split_listen(struct slice text, char *host, size_t host_size, uint16_t *port)
{
    struct slice name;
    unsigned char address[sizeof(struct in6_addr)];

    if (!split_port(text, &name, port))
        return false;
    if (slice_is(name, "localhost"))
        name = SLICE("127.0.0.1");
    bool bracketed = name.len > 2 && name.data[0] == '[' && name.data[name.len - 1] == ']';
    if (bracketed)
        name = slice_of(name.data + 1, name.len - 2);
    if (!slice_copy(name, host, host_size))
        return false;
    return inet_pton(bracketed ? AF_INET6 : AF_INET, host, address) == 1;
}

bool web_is_endpoint(struct slice text)
{
    struct slice rest;
    struct slice host;
    uint16_t port;

    if (starts(text, "inproc://", &rest))
        return is_host_name(rest);
    if (!starts(text, "tcp://", &rest) || !split_port(rest, &host, &port) || port == 0)
        return false;
    if (host.len > 2 && host.data[0] == '[' && host.data[host.len - 1] == ']') {
        char bare[64];
        unsigned char address[sizeof(struct in6_addr)];
        return slice_copy(slice_of(host.data + 1, host.len - 2), bare, sizeof(bare)) &&
               inet_pton(AF_INET6, bare, address) == 1;
    }
    return slice_is(host, "*") || is_host_name(host);
}

static bool starts(struct slice text, const char *prefix, struct slice *rest)
{
    size_t len = strlen(prefix);
    if (text.len < len || memcmp(text.data, prefix, len) != 0)
        return false;
    *rest = slice_of(text.data + len, text.len - len);
    return true;
}

/* Text that ends where it seems to. */
static bool is_clean(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= 0x20 || c == 0x7F || c == '"' || c == '<' || c == '>' || c == '\\')
            return false;
    }
    return slice_is_text(text);
}

/* localhost and all below it (RFC 6761). */
static bool is_loopback_name(const char *host)
{
    static const char name[] = "localhost";
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '.')
        len--;
    size_t own = sizeof(name) - 1;
    return len >= own && strncasecmp(host + len - own, name, own) == 0 &&
           (len == own || host[len - own - 1] == '.');
}

/* host, host:port or [IPv6], [IPv6]:port. */
static bool is_authority(struct slice text)
{
    struct slice host;
    uint16_t port;
    if (text.len > 0 && text.data[0] == '[') {
        char bare[64];
        unsigned char address[sizeof(struct in6_addr)];
        const char *end = memchr(text.data, ']', text.len);
        if (end == NULL)
            return false;
        size_t len = (size_t)(end - text.data);
        bool ported = len + 1 < text.len;
        return (!ported || (split_port(text, &host, &port) && host.len == len + 1)) &&
               slice_copy(slice_of(text.data + 1, len - 1), bare, sizeof(bare)) &&
               inet_pton(AF_INET6, bare, address) == 1;
    }
    if (text.len > 0 && memchr(text.data, ':', text.len) != NULL)
        return split_port(text, &host, &port) && is_host_name(host);
    return is_host_name(text);
}

static bool is_host_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        /* Above ASCII: an internationalised name, which the client turns into its ASCII form. */
        if (!letter && c != '-' && c != '.' && c != '_' && c < 0x80)
            return false;
    }
    return text.len > 0 && text.len <= 253;
}

/* At the last colon; the port is 0..65535 in digits. */
static bool split_port(struct slice text, struct slice *host, uint16_t *port)
{
    const char *colon = text.len > 0 ? memrchr(text.data, ':', text.len) : NULL;
    if (colon == NULL || colon == text.data)
        return false;
    *host = slice_of(text.data, (size_t)(colon - text.data));
    struct slice digits = slice_of(colon + 1, text.len - host->len - 1);
    unsigned value = 0;
    if (digits.len == 0 || digits.len > 5)
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    *port = (uint16_t)value;
    return value <= UINT16_MAX;
}
