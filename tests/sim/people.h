/* The members and strangers: they pay, renew or forget to, press buttons late or never, pass links
 * on, knock without having paid, leave and come back, block the bot, ask for their money back, are
 * made administrators of a group, are thrown out of it by those, keep old links and use them. */
#ifndef USHER_TESTS_SIM_PEOPLE_H
#define USHER_TESTS_SIM_PEOPLE_H

#include "tests/sim/sim.h"

void people_new(struct sim *sim);
void people_destroy(struct sim *sim);
uint64_t people_count(const struct sim *sim);
/* A letter has arrived: its text, and the links of its buttons. */
void people_letter(struct sim *sim, uint64_t user, size_t bot, const char *text,
                   const uint64_t *links, size_t count);
/* A button of usher's own, with this data. */
void people_button(struct sim *sim, uint64_t user, size_t bot, const char *data);
/* A payment of theirs was granted and runs until then. */
void people_granted(struct sim *sim, uint64_t user, size_t plan, uint64_t until_ms);
/* They pay and take their money back, again and again until then, and try the doors by every link
 * that they were ever sent. */
void people_waver(struct sim *sim, uint64_t user, uint64_t until_ms);
/* From now on everybody can be reached and presses what they get. */
void people_calm(struct sim *sim);
/* Who is owed a place and is not in it asks for it. */
void people_ask(struct sim *sim);

#endif
