/* Is a callback genuine: the one check that all kinds share, told by a profile how this gateway
 * signs. Looks at headers and raw bytes only; what the body says matters to a signature that the
 * body carries, or that covers its meaning and not its bytes. */
#ifndef USHER_GATEWAY_PROOF_H
#define USHER_GATEWAY_PROOF_H

#include "base/json.h"
#include "gateway/gateway.h"

enum { PROOF_SIGNATURE_SIZE = 2 * 64 + 1 }; /* an encoded signature with its NUL */

struct proof;
struct template;

/* tolerance_ms overrides the profile's. profile and config must outlive the proof. why names the
 * key of the configuration that is wrong, and never a secret. */
enum error proof_new(const struct config_hmac *profile, uint64_t tolerance_ms,
                     const struct config_gateway *config, struct proof **out, struct why *why);
void proof_destroy(struct proof **proof);

/* The body must be read before it can be proved. */
bool proof_reads_body(const struct proof *proof);

/* GATEWAY_accepted: genuine and timely. In this order: what is missing or malformed, then the
 * signature, then the timestamp's distance from request->now_ms in both directions (exactly the
 * tolerance away is still good). GATEWAY_busy: no memory to know. root: the body when
 * proof_reads_body, else NULL. trace may be NULL. */
enum gateway_verdict proof_judge(struct proof *proof, const struct gateway_request *request,
                                 const cJSON *root, struct gateway_trace *trace);

/* The signature that secret number index gives request with this timestamp, encoded as the profile
 * says. What the template names must be among the headers; ERROR_INVALID when it is not;
 * ERROR_PERMISSION when only the gateway can sign. */
enum error proof_sign(struct proof *proof, const struct gateway_request *request, const cJSON *root,
                      struct slice timestamp, size_t index, char out[PROOF_SIGNATURE_SIZE]);

const struct config_hmac *proof_profile(const struct proof *proof);
const struct template *proof_template(const struct proof *proof);

#endif
