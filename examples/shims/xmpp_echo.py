#!/usr/bin/python3
"""An echo bot for ../xmpp_account.c: xmpp_echo.py JID HOST PORT CA_FILE, the password in $PASSWORD."""
import asyncio
import logging
import os
import signal
import sys

import slixmpp

logging.disable(logging.CRITICAL)


class Echo(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("message", self.heard)

    def started(self, _):
        self.send_presence()
        print("ready", self.boundjid.full, flush=True)

    def heard(self, message):
        if message["type"] in ("chat", "normal"):
            message.reply("you said: " + message["body"]).send()


jid, host, port, ca_file = sys.argv[1:5]
bot = Echo(jid, os.environ["PASSWORD"])
bot.ca_certs = ca_file or None
asyncio.get_event_loop().add_signal_handler(signal.SIGTERM, lambda: sys.exit(0))
bot.connect((host, int(port)))
bot.process(forever=True)
