#include "mirror/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

static const struct {
    const char *name, *content_type;
} formats[] = {
    [SHEET_JSON] = {"json", "application/json"},
    [SHEET_CSV] = {"csv", "text/csv; charset=utf-8"},
    [SHEET_XLSX] = {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

static const char *const columns[] = {"section", "group", "figure", "value", "goal", "rows"};
enum { COLUMNS = sizeof columns / sizeof columns[0], WIDE = 34, CHUNK = 16384 };

static void write_json(const cJSON *document, struct buf *out);
static void write_csv(const cJSON *document, struct buf *out);
static enum error write_xlsx(const cJSON *document, struct buf *out, struct why *why);
static bool read_back(int file, struct buf *out);
static bool put_rows(lxw_worksheet *sheet, const cJSON *document, lxw_format *bold);
static bool put_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const cJSON *value);
static const cJSON *cell(const cJSON *section, const cJSON *row, size_t column);

bool sheet_format_parse(const char *name, enum sheet_format *out)
{
    *out = SHEET_JSON;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, name) != 0)
            continue;
        *out = (enum sheet_format)i;
        return true;
    }
    return name[0] == '\0';
}

const char *sheet_content_type(enum sheet_format format)
{
    return formats[format].content_type;
}

enum error sheet_write(const cJSON *document, enum sheet_format format, struct buf *out,
                       struct why *why)
{
    if (format == SHEET_XLSX)
        return write_xlsx(document, out, why);
    if (format == SHEET_CSV)
        write_csv(document, out);
    else
        write_json(document, out);
    return out->failed ? why_set(why, ERROR_TOO_LARGE, "the report is too long") : ERROR_NONE;
}

void sheet_csv_cell(struct buf *out, const cJSON *value)
{
    struct slice text = json_string(value);
    if (text.data == NULL) {
        char *plain = value == NULL || cJSON_IsNull(value) ? NULL : cJSON_PrintUnformatted(value);
        buf_append_text(out, plain == NULL ? "" : plain);
        cJSON_free(plain);
        return;
    }
    buf_append_text(out, "\"");
    if (text.len > 0 && strchr("=+-@\t\r", text.data[0]) != NULL)
        buf_append_text(out, "'");
    for (size_t i = 0; i < text.len; i++)
        buf_append(out, text.data[i] == '"' ? "\"\"" : &text.data[i], text.data[i] == '"' ? 2 : 1);
    buf_append_text(out, "\"");
}

static void write_json(const cJSON *document, struct buf *out)
{
    char *text = cJSON_PrintUnformatted(document);
    if (text == NULL)
        out->failed = true;
    else
        buf_append_text(out, text);
    cJSON_free(text);
}

static void write_csv(const cJSON *document, struct buf *out)
{
    const cJSON *section;
    for (size_t i = 0; i < COLUMNS; i++)
        buf_printf(out, "%s%s", i > 0 ? "," : "", columns[i]);
    buf_append_text(out, "\r\n");
    cJSON_ArrayForEach(section, json_member(document, "sections"))
    {
        const cJSON *row;
        cJSON_ArrayForEach(row, json_member(section, "rows"))
        {
            for (size_t i = 0; i < COLUMNS; i++) {
                const cJSON *value = cell(section, row, i);
                double number;
                buf_append_text(out, i > 0 ? "," : "");
                /* An amount below 0 is a number and no formula. */
                if (i == 3 && cJSON_IsString(value) && value->valuestring[0] == '-' &&
                    sscanf(value->valuestring, "%lf", &number) == 1)
                    buf_append_text(out, value->valuestring);
                else
                    sheet_csv_cell(out, value);
            }
            buf_append_text(out, "\r\n");
        }
    }
}

/* The library writes to a file of a name: this one is memory, and gone with its descriptor. */
static enum error write_xlsx(const cJSON *document, struct buf *out, struct why *why)
{
    char path[64];
    int file = memfd_create("report", MFD_CLOEXEC);
    if (file < 0)
        return why_set(why, ERROR_IO, "no file in memory can be made: %s", strerror(errno));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    lxw_workbook *workbook = workbook_new(path);
    bool good = workbook != NULL;
    lxw_worksheet *sheet = good ? workbook_add_worksheet(workbook, "report") : NULL;
    lxw_format *bold = good ? workbook_add_format(workbook) : NULL;
    if (sheet != NULL && bold != NULL) {
        format_set_bold(bold);
        worksheet_set_column(sheet, 0, COLUMNS - 1, WIDE, NULL);
        worksheet_freeze_panes(sheet, 1, 0);
        good = put_rows(sheet, document, bold);
    }
    good = workbook != NULL && workbook_close(workbook) == LXW_NO_ERROR && good && sheet != NULL &&
           bold != NULL && read_back(file, out);
    close(file);
    if (out->failed)
        return why_set(why, ERROR_TOO_LARGE, "the report is too long");
    return good ? ERROR_NONE : why_set(why, ERROR_IO, "the workbook cannot be made");
}

static bool read_back(int file, struct buf *out)
{
    char bytes[CHUNK];
    ssize_t n;
    for (off_t at = 0; (n = pread(file, bytes, sizeof bytes, at)) > 0; at += n)
        buf_append(out, bytes, (size_t)n);
    return n == 0;
}

static bool put_rows(lxw_worksheet *sheet, const cJSON *document, lxw_format *bold)
{
    const cJSON *section;
    lxw_row_t at = 0;
    bool good = true;
    for (size_t i = 0; i < COLUMNS; i++)
        good = good &&
               worksheet_write_string(sheet, at, (lxw_col_t)i, columns[i], bold) == LXW_NO_ERROR;
    cJSON_ArrayForEach(section, json_member(document, "sections"))
    {
        const cJSON *row;
        cJSON_ArrayForEach(row, json_member(section, "rows"))
        {
            at++;
            for (size_t i = 0; good && i < COLUMNS; i++)
                good = put_cell(sheet, at, (lxw_col_t)i, cell(section, row, i));
        }
    }
    return good;
}

/* A cell is a number or text, never a formula. */
static bool put_cell(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, const cJSON *value)
{
    char *end;
    if (cJSON_IsNumber(value))
        return worksheet_write_number(sheet, row, column, value->valuedouble, NULL) == LXW_NO_ERROR;
    if (!cJSON_IsString(value))
        return true;
    const char *text = value->valuestring;
    if (column == 3 && strspn(text, "-.0123456789") == strlen(text) && text[0] != '\0') {
        double number = strtod(text, &end);
        if (*end == '\0')
            return worksheet_write_number(sheet, row, column, number, NULL) == LXW_NO_ERROR;
    }
    return worksheet_write_string(sheet, row, column, text, NULL) == LXW_NO_ERROR;
}

static const cJSON *cell(const cJSON *section, const cJSON *row, size_t column)
{
    return column == 0 ? json_member(section, "title") : json_member(row, columns[column]);
}
