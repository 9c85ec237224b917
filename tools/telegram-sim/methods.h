/* The methods that are simulated: one table, one file a family. */
#ifndef SIM_METHODS_H
#define SIM_METHODS_H

#include "call.h"

/* NULL: validated, but not simulated. */
method_fn *method_find(const struct api_method *method);

method_fn method_get_me, method_get_updates, method_set_webhook, method_delete_webhook,
    method_get_webhook_info;
method_fn method_send_message, method_send_document, method_edit_message_text,
    method_delete_message, method_answer_callback_query;
method_fn method_create_chat_invite_link, method_export_chat_invite_link,
    method_revoke_chat_invite_link, method_approve_chat_join_request,
    method_decline_chat_join_request;
method_fn method_ban_chat_member, method_unban_chat_member, method_get_chat_member,
    method_get_chat_member_count, method_get_chat;

#endif
