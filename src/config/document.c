#include "config/document.h"

#include "base/assert.h"

#include <openssl/crypto.h>

/* What the first pass has counted. */
struct tally {
    unsigned documents;
    unsigned depth;
    unsigned nodes;
    unsigned anchors;
    unsigned aliases;
};

static bool survey(struct slice text, struct report *report);
static const char *count_event(struct tally *tally, const yaml_event_t *event);
static const yaml_char_t *anchor_of(const yaml_event_t *event);
static void start_parser(yaml_parser_t *parser, struct slice text);
static void report_parser(struct report *report, const yaml_parser_t *parser, struct slice text);

bool document_read(struct slice text, struct report *report, yaml_document_t *document)
{
    yaml_parser_t parser;

    if (text.len > DOCUMENT_BYTES_MAX) {
        report_add(report, 0, 1, "", "the file is larger than 1 MiB; expected at most that");
        return false;
    }
    if (!survey(text, report))
        return false;
    if (!yaml_parser_initialize(&parser)) {
        report->no_memory = true;
        return false;
    }
    start_parser(&parser, text);
    bool ok = yaml_parser_load(&parser, document) == 1;
    if (!ok) {
        report_parser(report, &parser, text);
    } else {
        const yaml_node_t *root = yaml_document_get_root_node(document);
        if (root == NULL || root->type != YAML_MAPPING_NODE) {
            report_add(report, 0, root != NULL ? root->start_mark.line + 1 : 1, "",
                       "%s; expected keys and values, such as \"data_dir: ./var\"",
                       root != NULL ? "the file is no mapping" : "the file is empty");
            document_wipe(document);
            ok = false;
        }
    }
    yaml_parser_delete(&parser);
    return ok;
}

void document_wipe(yaml_document_t *document)
{
    for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++) {
        if (node->type == YAML_SCALAR_NODE)
            OPENSSL_cleanse(node->data.scalar.value, node->data.scalar.length);
    }
    yaml_document_delete(document);
}

/* Walks the events without building anything, so that no limit can be passed by the tree. */
static bool survey(struct slice text, struct report *report)
{
    yaml_parser_t parser;
    struct tally tally = {0};

    if (!yaml_parser_initialize(&parser)) {
        report->no_memory = true;
        return false;
    }
    start_parser(&parser, text);
    bool ok = true;
    bool ended = false;
    while (ok && !ended) {
        yaml_event_t event;
        if (yaml_parser_parse(&parser, &event) != 1) {
            report_parser(report, &parser, text);
            ok = false;
            break;
        }
        const char *wrong = count_event(&tally, &event);
        if (wrong != NULL) {
            report_add(report, 0, event.start_mark.line + 1, "", "%s", wrong);
            ok = false;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_SCALAR_EVENT)
            OPENSSL_cleanse(event.data.scalar.value, event.data.scalar.length);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return ok;
}

/* NULL, or which limit the event breaks. */
static const char *count_event(struct tally *tally, const yaml_event_t *event)
{
    if (event->type == YAML_DOCUMENT_START_EVENT)
        tally->documents++;
    if (event->type == YAML_SCALAR_EVENT || event->type == YAML_SEQUENCE_START_EVENT ||
        event->type == YAML_MAPPING_START_EVENT)
        tally->nodes++;
    if (event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT)
        tally->depth++;
    if (event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT)
        tally->depth--;
    if (event->type == YAML_ALIAS_EVENT)
        tally->aliases++;
    if (anchor_of(event) != NULL)
        tally->anchors++;

    if (tally->documents > 1)
        return "a second document begins; expected one document in the file";
    if (tally->nodes > DOCUMENT_NODES_MAX)
        return "too many values; expected at most 200000 in the file";
    if (tally->depth > DOCUMENT_DEPTH_MAX)
        return "nested too deeply; expected at most 16 levels";
    if (tally->anchors > DOCUMENT_ANCHORS_MAX)
        return "too many anchors; expected at most 256 in the file";
    if (tally->aliases > DOCUMENT_ALIASES_MAX)
        return "too many aliases; expected at most 4096 in the file";
    return NULL;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor;
    return event->type == YAML_MAPPING_START_EVENT ? event->data.mapping_start.anchor : NULL;
}

static void start_parser(yaml_parser_t *parser, struct slice text)
{
    static const yaml_char_t nothing[1] = {0};
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING); /* else a BOM could switch to UTF-16 */
    yaml_parser_set_input_string(
        parser, text.data != NULL ? (const unsigned char *)text.data : nothing, text.len);
}

/* libyaml's words are constants and hold nothing of the file. */
static void report_parser(struct report *report, const yaml_parser_t *parser, struct slice text)
{
    unsigned long line = parser->problem_mark.line + 1;

    /* Out of memory, libyaml does not always say what failed. */
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR) {
        report->no_memory = true;
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        /* The reader knows bytes, not lines. */
        line = 1;
        for (size_t i = 0; i < text.len && i < parser->problem_offset; i++)
            line += text.data[i] == '\n' ? 1 : 0;
    }
    report_add(report, 0, line, "", "%s%s%s; expected YAML in UTF-8",
               parser->context != NULL ? parser->context : "", parser->context != NULL ? ", " : "",
               parser->problem != NULL ? parser->problem : "not YAML");
}
