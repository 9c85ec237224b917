/* A report as a document: sections of rows, as JSON, as CSV, as an XLSX workbook of one sheet.
 *
 *     {"report": "weekly", "from": ..., "to": ..., "as_of": ...,
 *      "sections": [{"title": "...", "rows": [{"group", "figure", "value", "goal"?, "rows"},
 * ...]}]}
 *
 * "rows" is the address of what the figure counts. xlsxwriter.h is seen only here. */
#ifndef USHER_MIRROR_SHEET_H
#define USHER_MIRROR_SHEET_H

#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"

enum sheet_format { SHEET_JSON, SHEET_CSV, SHEET_XLSX };

/* "json", "csv", "xlsx"; "" is JSON. False: none of these. */
bool sheet_format_parse(const char *name, enum sheet_format *out);
const char *sheet_content_type(enum sheet_format format);

/* Appends the document. ERROR_TOO_LARGE when out is full, ERROR_MEMORY. */
enum error sheet_write(const cJSON *document, enum sheet_format format, struct buf *out,
                       struct why *why);

/* One cell of CSV (RFC 4180). Text that a spreadsheet would take for a formula begins with an
 * apostrophe. */
void sheet_csv_cell(struct buf *out, const cJSON *value);

#endif
