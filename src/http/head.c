#include "http/head.h"

#include <strings.h>

enum {
    LINE_END_NULS = 2, /* CR and LF */
    HEAD_END_NULS = 4  /* and those of the empty line */
};

static enum refusal judge_host(const struct head *head);
static bool value_is_text(struct slice value);
static bool is_whole(const struct head *head);
static bool within(const struct head *head, const char *at);
static bool separates(const char *from, const char *to, size_t nuls_max);

enum refusal head_judge(const struct head *head)
{
    for (size_t i = 0; i < head->header_count; i++)
        if (!value_is_text(head->headers[i].value))
            return REFUSAL_BAD_HEADER;
    return is_whole(head) ? judge_host(head) : REFUSAL_BAD_HEADER;
}

/* RFC 9112, 3.2: one, and none only before HTTP/1.1; it may be empty. */
static enum refusal judge_host(const struct head *head)
{
    size_t count = 0;
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        if (header->name.len != strlen("Host") ||
            strncasecmp(header->name.data, "Host", header->name.len) != 0)
            continue;
        count++;
        for (size_t n = 0; n < header->value.len; n++)
            if (header->value.data[n] <= ' ' || header->value.data[n] > '~')
                return REFUSAL_BAD_HOST;
    }
    bool optional = strcmp(head->version, "HTTP/1.0") == 0;
    return count == 1 || (count == 0 && optional) ? REFUSAL_NONE : REFUSAL_BAD_HOST;
}

/* RFC 9110, 5.5: visible characters, blanks, tabs, and bytes above ASCII. */
static bool value_is_text(struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

/* What does not lie in the head (a folded value is a copy) is not looked at. */
static bool is_whole(const struct head *head)
{
    const char *end = head->method + head->bytes;
    const char *target_end = head->target.data + head->target.len;
    if (head->bytes == 0 || !within(head, head->target.data) || !within(head, head->version))
        return true;
    if (!separates(head->method + strlen(head->method), head->target.data, 1) ||
        !separates(target_end, head->version, 1))
        return false;
    for (size_t i = 0; i < head->header_count; i++) {
        const struct http_header *header = &head->headers[i];
        bool last = i + 1 == head->header_count;
        const char *next = last ? end : head->headers[i + 1].name.data;
        const char *value_end = header->value.data + header->value.len;
        if (!within(head, header->name.data) || !within(head, header->value.data) ||
            (!last && !within(head, next)))
            continue;
        if (!separates(header->name.data + header->name.len, header->value.data, 1) ||
            !separates(value_end, next, last ? HEAD_END_NULS : LINE_END_NULS))
            return false;
    }
    return true;
}

static bool within(const struct head *head, const char *at)
{
    return at >= head->method && at < head->method + head->bytes;
}

/* Nothing but blanks, what ends a line, and at most so many NULs. In another order of memory they
 * are no neighbours, and nothing is known. */
static bool separates(const char *from, const char *to, size_t nuls_max)
{
    size_t nuls = 0;
    for (const char *at = from; at < to; at++) {
        nuls += *at == '\0';
        if ((*at != '\0' && strchr(" \t\r\n:", *at) == NULL) || nuls > nuls_max)
            return false;
    }
    return true;
}
