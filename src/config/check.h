/* What no key can know alone: each function is called with a section whose keys have been read and
 * reports where they do not fit together. A key that could not be read has been reported already
 * and is left alone here (scope_good). */
#ifndef USHER_CONFIG_CHECK_H
#define USHER_CONFIG_CHECK_H

struct scope;

/* In check.c. */
void check_root(struct scope *scope);
void check_http(struct scope *scope);
void check_bot(struct scope *scope);
void check_lane(struct scope *scope);
void check_group(struct scope *scope);
void check_plan(struct scope *scope);
void check_welcome(struct scope *scope);
void check_topology(struct scope *scope);
void check_journal(struct scope *scope);
void check_mirror(struct scope *scope);

/* In check_webhook.c. */
void check_webhook(struct scope *scope);

/* In check_gateway.c. */
void check_gateway(struct scope *scope);
void check_stars(const struct scope *scope);    /* behind resolved names */
void check_renews(const struct scope *scope);   /* check_renews.c */
void check_notified(const struct scope *scope); /* behind all */
void check_hmac(struct scope *scope);
void check_hmac_signature(struct scope *scope);
void check_hmac_timestamp(struct scope *scope);
void check_hmac_event_id(struct scope *scope);
void check_hmac_map(struct scope *scope);

#endif
