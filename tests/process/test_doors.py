"""The bot in its groups: thrown out, without a right, and mended by the operator in Telegram alone."""
import unittest

from helpers import CORE, STARTER, until
from test_run import Running


class Groups(Running):
    def group(self, name):
        return next(g for g in self.site.api("GET", "groups").json["groups"] if g["group"] == name)

    def rights(self, chat, **wish):
        self.telegram.sim("POST", "/chat/%d/rights" % chat, {"bot": "usher_bot", **wish})

    def test_thrown_out_and_back(self):
        until(lambda: self.group("starter")["link_ready"], "the group's link is there")
        self.telegram.user(42, "start", bot="usher_bot")
        self.rights(STARTER, status="kicked")
        until(lambda: self.group("starter")["bot_status"] == "banned", "it is known")
        self.assertFalse(self.group("starter")["link_ready"])
        self.site.pay(42)
        until(lambda: self.active(42, "starter"), "granted all the same")
        self.rights(STARTER, status="administrator", rights={"can_invite_users": True,
                                                             "can_restrict_members": True})
        until(lambda: self.group("starter")["link_ready"], "mended without a restart")
        self.assertEqual(self.group("starter")["missing_rights"], [])

    def test_a_link_that_could_not_be_made(self):
        self.telegram.user(43, "start", bot="usher_bot")
        self.rights(CORE, rights={"can_invite_users": False})
        until(lambda: self.group("core")["missing_rights"] == ["can_invite_users"], "it is known")
        self.site.pay(43, "core", 2900)
        until(lambda: self.site.api("GET", "queue?state=dead").json["deliveries"], "no link can be made")
        until(lambda: len(self.links(43)) == 1, "the letter goes with the other door")
        self.rights(CORE, rights={"can_invite_users": True})
        until(lambda: len(self.links(43)) == 2, "the second door follows")
        self.telegram.user(43, "follow", link=sorted(self.links(43))[0])
        self.telegram.user(43, "follow", link=sorted(self.links(43))[1])
        until(lambda: self.is_in(43, CORE) and self.is_in(43, STARTER), "both are open")


if __name__ == "__main__":
    unittest.main()
