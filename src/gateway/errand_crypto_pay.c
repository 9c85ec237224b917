/* What Crypto Pay is told of an invoice (help.crypt.bot/crypto-pay-api, deleteInvoice). */
#include "gateway/errand.h"

static bool end(const struct errand_to *to, const struct message_part_errand *errand,
                struct buf *path, struct buf *body);

static const struct checkout_read reads[] = {{"error", "/error/name"}, {NULL, NULL}};

const struct errand_kind errand_crypto_pay = {
    .type = "application/json", .reads = reads, .writes = {[ERRAND_END] = end}};

/* Its ids are numbers. */
static bool end(const struct errand_to *to, const struct message_part_errand *errand,
                struct buf *path, struct buf *body)
{
    (void)to;
    long long number;
    if (!slice_to_i64(errand->id, &number) || number <= 0)
        return false;
    buf_append_text(path, "/api/deleteInvoice");
    buf_printf(body, "{\"invoice_id\":%lld}", number);
    return true;
}
