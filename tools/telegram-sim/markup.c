#include "markup.h"

#include "base/utf8.h"

#include <stdio.h>
#include <strings.h>

enum { TAGS_DEEP_MAX = 32, TAG_SIZE = 16 };

/* Source: core.telegram.org/bots/api#html-style. */
static const char *const tags[] = {
    "b", "strong", "i",          "em",   "u",   "ins",      "s",          "strike", "del",
    "a", "span",   "tg-spoiler", "code", "pre", "tg-emoji", "blockquote", "tg-time"};

struct open_tags {
    char names[TAGS_DEEP_MAX][TAG_SIZE];
    size_t count;
};

static bool html_length(struct slice text, size_t *chars, char *problem, size_t problem_size);
static size_t html_tag(struct slice text, size_t at, struct open_tags *open, char *problem,
                       size_t problem_size);
static size_t html_entity(struct slice text, size_t at);

bool markup_length(struct slice parse_mode, struct slice text, size_t *chars, char *problem,
                   size_t problem_size)
{
    char mode[16] = "";
    if (parse_mode.data && !slice_copy(parse_mode, mode, sizeof(mode))) {
        snprintf(problem, problem_size, "unsupported parse_mode");
        return false;
    }
    if (strcasecmp(mode, "HTML") == 0)
        return html_length(text, chars, problem, problem_size);
    if (mode[0] && strcasecmp(mode, "Markdown") != 0 && strcasecmp(mode, "MarkdownV2") != 0 &&
        strcasecmp(mode, "none") != 0) {
        snprintf(problem, problem_size, "unsupported parse_mode");
        return false;
    }
    *chars = utf8_utf16_length(text);
    return true;
}

static bool html_length(struct slice text, size_t *chars, char *problem, size_t problem_size)
{
    struct open_tags open = {.count = 0};
    *chars = 0;
    size_t at = 0;
    while (at < text.len) {
        if (text.data[at] == '<') {
            size_t len = html_tag(text, at, &open, problem, problem_size);
            if (!len)
                return false;
            at += len;
            continue;
        }
        size_t len = html_entity(text, at);
        if (len) {
            at += len;
            (*chars)++;
            continue;
        }
        uint32_t code_point = 0;
        len = utf8_decode(slice_of(text.data + at, text.len - at), &code_point);
        *chars += code_point > 0xFFFF ? 2 : 1;
        at += len ? len : 1;
    }
    if (open.count) {
        snprintf(problem, problem_size,
                 "can't parse entities: Can't find end tag corresponding to start tag \"%s\"",
                 open.names[open.count - 1]);
        return false;
    }
    return true;
}

/* The length of the tag that begins at `at`; 0: problem says why not. */
static size_t html_tag(struct slice text, size_t at, struct open_tags *open, char *problem,
                       size_t problem_size)
{
    bool end = at + 1 < text.len && text.data[at + 1] == '/';
    size_t start = at + (end ? 2 : 1);
    size_t name_end = start;
    while (name_end < text.len && !strchr(" >\n", text.data[name_end]))
        name_end++;
    size_t close = name_end;
    while (close < text.len && text.data[close] != '>')
        close++;
    char name[TAG_SIZE];
    if (close == text.len) {
        snprintf(problem, problem_size, "can't parse entities: Unclosed %s tag at byte offset %zu",
                 end ? "end" : "start", at);
        return 0;
    }
    size_t tag = 0;
    size_t tag_count = sizeof(tags) / sizeof(*tags);
    if (!slice_copy(slice_of(text.data + start, name_end - start), name, sizeof(name)))
        tag = tag_count;
    while (tag < tag_count && strcasecmp(name, tags[tag]) != 0)
        tag++;
    if (end) {
        if (!open->count) {
            snprintf(problem, problem_size,
                     "can't parse entities: Unexpected end tag at byte offset %zu", at);
            return 0;
        }
        /* An end tag without a name closes whatever is open. */
        if (name_end > start && strcasecmp(open->names[open->count - 1], name) != 0) {
            snprintf(problem, problem_size,
                     "can't parse entities: Unmatched end tag at byte offset %zu, expected "
                     "\"</%s>\", found \"</%s>\"",
                     at, open->names[open->count - 1], name);
            return 0;
        }
        open->count--;
        return close + 1 - at;
    }
    if (tag == tag_count || open->count == TAGS_DEEP_MAX) {
        snprintf(problem, problem_size,
                 "can't parse entities: Unsupported start tag \"%s\" at byte offset %zu", name, at);
        return 0;
    }
    (void)slice_copy(slice_from(tags[tag]), open->names[open->count++], TAG_SIZE);
    return close + 1 - at;
}

/* The length of a character reference at `at`, 0 when none stands there. */
static size_t html_entity(struct slice text, size_t at)
{
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        size_t len = strlen(known[i]);
        if (text.len - at >= len && memcmp(text.data + at, known[i], len) == 0)
            return len;
    }
    return 0;
}
