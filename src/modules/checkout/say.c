/* What is said of the place where subscriptions are managed. */
#include "text/say.h"

#include "modules/checkout/checkout.h"

static const say_text portals[] = {
    [PORTAL_ASKED] = {"The address comes here in a moment.", "链接马上会发到这里。",
                      "連結馬上會傳到這裡。"},
    [PORTAL_READY] =
        {"Here you can change the card or cancel the renewal. The address is good for a "
         "few minutes.",
         "您可以在这里更换银行卡或取消自动续费。该链接几分钟内有效。",
         "您可以在這裡更換信用卡或取消自動續訂。此連結幾分鐘內有效。"},
    [PORTAL_FAILED] =
        {"The page for your subscription cannot be opened right now. Please try again "
         "later.",
         "暂时无法打开订阅管理页面，请稍后再试。", "目前無法開啟訂閱管理頁面，請稍後再試。"},
};
static const say_text open_portal = {"Manage the subscription", "管理订阅", "管理訂閱"};

static void say_portal(struct say *say, const void *part)
{
    const struct checkout_portal_said *said = part;
    char url[1025];
    say_append(say, portals[said->what]);
    if (said->url.len > 0 && slice_copy(said->url, url, sizeof url))
        say_link(say, SAY_BELOW, url, open_portal);
}

const struct say_row checkout_says[] = {{shape_checkout_portal_said, say_portal}, {NULL, NULL}};
