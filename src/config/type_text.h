/* Scalars that stay text: what may be in them, and what is made of them before they are kept. See
 * schema.h for what each type fills. */
#ifndef USHER_CONFIG_TYPE_TEXT_H
#define USHER_CONFIG_TYPE_TEXT_H

#include "config/types.h"

type_read_fn type_line, type_text, type_name, type_path, type_token, type_header, type_pointer,
    type_address, type_outward, type_mailbox, type_resource, type_timezone, type_bot_token,
    type_bearer, type_pem, type_signing_key;

#endif
