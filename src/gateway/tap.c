#include "gateway/tap.h"

#include "base/clean.h"
#include "config/web.h"
#include "gateway/create.h"
#include "gateway/wechat_pay.h"

enum { ANSWER_DEPTH_MAX = 32, ADDRESS_BYTES_MAX = 45 };

/* pay.weixin.qq.com/doc/v3, POST /v3/pay/transactions/h5. */
bool tap_ask(const struct config *config, const struct message_part_checkout *order,
             struct slice address, struct check_ask *ask)
{
    struct checkout checkout;
    char number[WECHAT_PAY_NUMBER_SIZE];
    struct buf scene;
    check_ask_clear(ask);
    if (address.len == 0 || address.len > ADDRESS_BYTES_MAX ||
        create_checkout(config, order, &checkout, NULL) != ERROR_NONE ||
        !config_gateway_taps(checkout.gateway) || !wechat_pay_h5_number(order->order_id, number))
        return false;
    ask->method = "POST";
    ask->type = "application/json";
    buf_init(&scene, 256);
    buf_append_text(&scene, ",\"scene_info\":{\"payer_client_ip\":");
    json_append_string(&scene, address);
    buf_append_text(&scene, ",\"h5_info\":{\"type\":\"Wap\"}}");
    bool fits = !scene.failed && wechat_pay_order(&checkout, "h5", slice_from(number),
                                                  buf_slice(&scene), &ask->path, &ask->body);
    buf_deinit(&scene);
    return fits && !ask->path.failed && !ask->body.failed;
}

bool tap_read(unsigned status, struct slice body, char url[TAP_URL_MAX + 1], char error[256])
{
    cJSON *root = NULL;
    bool good = status >= 200 && status <= 299;
    url[0] = '\0';
    error[0] = '\0';
    if (json_parse(body, CHECK_ANSWER_MAX, ANSWER_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return false;
    struct slice place = json_string(json_member(root, "h5_url"));
    good = good && web_is_link(place) && slice_copy(place, url, TAP_URL_MAX + 1);
    if (!good)
        clean_copy(error, 256, json_string(json_member(root, "message")));
    json_free(&root);
    return good;
}
