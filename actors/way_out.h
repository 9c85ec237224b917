/* The way out of a lane: its carrier, and how what that makes of a call gets to the HTTP client. */
#ifndef USHER_ACTORS_WAY_OUT_H
#define USHER_ACTORS_WAY_OUT_H

#include "config/config.h"
#include "courier/carrier.h"
#include "gateway/check.h"
#include "http/client.h"

const struct carrier *way_out_carrier(const struct config_lane *lane);
/* Starts the transfer; its end comes by the client's call back, with this tag. */
enum error way_out_start(const struct config_lane *lane, struct http_client *client,
                         const struct outgoing *call, void *tag);
/* How a gateway's lane comes by a token; NULL: it goes by its keys. */
const struct check_token *way_out_token(const struct config *config,
                                        const struct config_lane *lane);
/* Asks for one, by the lane's keys. */
enum error way_out_fetch_token(const struct config_lane *lane, const struct check_token *how,
                               struct http_client *client, void *tag);

#endif
