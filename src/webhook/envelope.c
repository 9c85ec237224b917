#include "webhook/envelope.h"

#include "base/json.h"
#include "config/check_webhook.h"
#include "wire/shape_json.h"

#include <openssl/crypto.h>
#include <stdio.h>

enum { NUMBER_MAX = 24 };

bool webhook_event(const struct message_news_item *item, uint64_t fact[WEBHOOK_FACT_WORDS],
                   char name[EVENT_NAME_MAX + 1])
{
    const struct shape *shape = shape_find(item->id);
    if (shape == NULL || shape->role != ROLE_FACT || item->gone != 0)
        return false;
    ASSERT(shape->size <= WEBHOOK_FACT_WORDS * sizeof *fact);
    memset(fact, 0, shape->size);
    return shape_decode_one(item->value, shape, fact, NULL) == ERROR_NONE &&
           event_name(shape, fact, name);
}

enum error webhook_body(const struct message_news_item *item, const uint64_t *fact,
                        const char *name, struct buf *out)
{
    json_build();
    cJSON *root = cJSON_CreateObject();
    json_add_text(root, "type", slice_from(name));
    json_add_time(root, "timestamp", item->at_ms);
    shape_to_json(shape_find(item->id), fact, cJSON_AddObjectToObject(root, "data"));
    char *text = cJSON_PrintUnformatted(root);
    bool good = json_complete() && text != NULL;
    if (good)
        buf_append_text(out, text);
    cJSON_free(text);
    cJSON_Delete(root);
    return good && !out->failed ? ERROR_NONE : ERROR_MEMORY;
}

void webhook_id(const struct message_news_item *item, char out[WEBHOOK_ID_MAX + 1])
{
    snprintf(out, WEBHOOK_ID_MAX + 1, "evt_%llu_%llu", (unsigned long long)item->sequence,
             (unsigned long long)item->n);
}

struct hmac *webhook_key(struct slice secret)
{
    uint8_t bytes[WEBHOOK_KEY_MAX];
    size_t len;
    struct hmac *key = NULL;
    if (webhook_secret_key(secret, bytes, &len))
        key = hmac_new(HMAC_SHA256, bytes, len);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return key;
}

bool webhook_sign(struct hmac *key, const char *id, uint64_t seconds, struct slice body,
                  char out[WEBHOOK_SIGNATURE_MAX + 1])
{
    char time[NUMBER_MAX];
    char text[WEBHOOK_SIGNATURE_MAX - 2];
    uint8_t digest[64];
    snprintf(time, sizeof time, "%llu", (unsigned long long)seconds);
    const struct slice pieces[] = {slice_from(id), SLICE("."), slice_from(time), SLICE("."), body};
    size_t len = hmac_compute(key, pieces, sizeof pieces / sizeof pieces[0], digest);
    if (len != 32)
        return false;
    base64_encode(digest, len, text, sizeof text);
    snprintf(out, WEBHOOK_SIGNATURE_MAX + 1, "v1,%s", text);
    return true;
}
