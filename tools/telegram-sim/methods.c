#include "methods.h"

#include <string.h>

static const struct {
    const char *name;
    method_fn *run;
} table[] = {
    {"answerCallbackQuery", method_answer_callback_query},
    {"approveChatJoinRequest", method_approve_chat_join_request},
    {"banChatMember", method_ban_chat_member},
    {"createChatInviteLink", method_create_chat_invite_link},
    {"declineChatJoinRequest", method_decline_chat_join_request},
    {"deleteMessage", method_delete_message},
    {"deleteWebhook", method_delete_webhook},
    {"editMessageText", method_edit_message_text},
    {"exportChatInviteLink", method_export_chat_invite_link},
    {"getChat", method_get_chat},
    {"getChatMember", method_get_chat_member},
    {"getChatMemberCount", method_get_chat_member_count},
    {"getMe", method_get_me},
    {"getUpdates", method_get_updates},
    {"getWebhookInfo", method_get_webhook_info},
    {"revokeChatInviteLink", method_revoke_chat_invite_link},
    {"sendDocument", method_send_document},
    {"sendMessage", method_send_message},
    {"setWebhook", method_set_webhook},
    {"unbanChatMember", method_unban_chat_member},
};

method_fn *method_find(const struct api_method *method)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (strcmp(table[i].name, method->name) == 0)
            return table[i].run;
    return NULL;
}
