#include "carrier/smtp/smtp.h"

#include "base/clean.h"
#include "base/json.h"
#include "base/mailbox.h"
#include "carrier/smtp/message.h"

enum { PARAMS_BYTES_MAX = 65536, PARAMS_DEPTH_MAX = 1 };

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out);
static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out);
static void keep(struct buf *scratch, struct slice text);
static bool is_refused(unsigned status);

const struct carrier carrier_smtp = {.name = "smtp",
                                     .transit_ms = SMTP_TRANSIT_MS,
                                     .timeout_ms = SMTP_TIMEOUT_MS,
                                     .request = request,
                                     .verdict = verdict};

static enum error request(const struct endpoint *endpoint, const struct outgoing *call,
                          struct buf *scratch, struct request *out)
{
    struct slice name, sender;
    cJSON *params;
    enum error error = json_parse(call->params, PARAMS_BYTES_MAX, PARAMS_DEPTH_MAX, &params, NULL);
    if (error != ERROR_NONE)
        return error;
    const struct mail mail = {.from = slice_from(endpoint->from),
                              .to = json_string(json_member(params, "to")),
                              .subject = json_string(json_member(params, "subject")),
                              .text = json_string(json_member(params, "text")),
                              .number = call->delivery,
                              .at_ms = call->at_ms};
    error = mail_write(&mail, scratch);
    if (error == ERROR_NONE && mailbox_split(mail.from, &name, &sender)) {
        /* It may move while it grows, so what is in it is named at the end. */
        size_t body = scratch->len;
        keep(scratch, sender);
        size_t to = scratch->len;
        keep(scratch, mail.to);
        if (scratch->failed)
            error = scratch->starved ? ERROR_MEMORY : ERROR_TOO_LARGE;
        else
            *out = (struct request){.url = endpoint->url,
                                    .body = slice_of(scratch->data, body),
                                    .mail = {.from = scratch->data + body,
                                             .to = scratch->data + to,
                                             .user = endpoint->user,
                                             .password = endpoint->secret,
                                             .tls = endpoint->tls}};
    }
    json_free(&params);
    return error;
}

static void verdict(enum delivery_kind kind, uint64_t attempts, const struct carrier_answer *answer,
                    struct prng *prng, struct verdict *out)
{
    unsigned status = answer->status;
    bool later = status >= 400 && status <= 499;
    (void)kind; /* a reply of 4xx says that the mail was not taken: nothing is in doubt */
    *out = (struct verdict){.outcome = OUTCOME_FAILED,
                            .refused = is_refused(status),
                            .accepted = !later && !is_refused(status)};
    if (status >= 200 && status <= 299) {
        out->outcome = OUTCOME_DONE;
        return;
    }
    clean_copy(out->error, sizeof out->error, answer->body);
    if (later || out->refused) {
        out->outcome = OUTCOME_RETRY;
        out->retry_ms = out->refused ? VERDICT_OPERATOR_MS
                                     : verdict_retry_ms(prng, attempts, VERDICT_RETRY_CAP_MS);
    }
}

static void keep(struct buf *scratch, struct slice text)
{
    buf_append_slice(scratch, text);
    buf_append_u8(scratch, 0);
}

/* RFC 4954 section 6: authentication is wanted, its mechanism too weak, or its password wrong. */
static bool is_refused(unsigned status)
{
    return status == 530 || status == 534 || status == 535 || status == 538;
}
