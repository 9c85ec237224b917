#include "web/qr.h"

#include "web/html.h"

#include <qrencode.h>

enum { QUIET = 4 };

static void append_row(struct buf *out, const unsigned char *row, int width, int y);

bool qr_svg(struct buf *out, struct slice bytes, struct slice label)
{
    if (bytes.len == 0 || bytes.len > QR_BYTES_MAX)
        return false;
    QRcode *code =
        QRcode_encodeData((int)bytes.len, (const unsigned char *)bytes.data, 0, QR_ECLEVEL_M);
    if (code == NULL)
        return false;
    int side = code->width + 2 * QUIET;
    html_put(out, "<svg class=\"qr\" role=\"img\" aria-label=\"$1\"", label);
    buf_printf(out,
               " viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\" "
               "xmlns=\"http://www.w3.org/2000/svg\">"
               "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"",
               side, side, side, side);
    for (int y = 0; y < code->width; y++)
        append_row(out, code->data + (ptrdiff_t)y * code->width, code->width, y);
    buf_append_text(out, "\"/></svg>\n");
    QRcode_free(code);
    return true;
}

/* One rectangle for each run of dark modules. The lowest bit of a module is its colour. */
static void append_row(struct buf *out, const unsigned char *row, int width, int y)
{
    for (int x = 0; x < width;) {
        int run = 0;
        while (x + run < width && (row[x + run] & 1) != 0)
            run++;
        if (run > 0)
            buf_printf(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
        x += run > 0 ? run : 1;
    }
}
