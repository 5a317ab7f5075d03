#!/usr/bin/python3
"""An XMPP shim on slixmpp for ../xmpp_shims.c: send NODE QUEUE KEY JSON | receive NODE QUEUE KEY COUNT."""
import asyncio
import json
import logging
import ssl
import sys

import slixmpp

logging.disable(logging.CRITICAL)
ROLE, NODE, QUEUE, KEY, LAST = sys.argv[1:6]
HOST, PORT = NODE.rsplit(":", 1)


class Shim(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(("sender-" if ROLE == "send" else "") + QUEUE + "@localhost", "any will do")
        self.values = []
        self.add_event_handler("session_start", self.started)
        self.add_event_handler("message", self.heard)

    def get_ssl_context(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context

    def started(self, _):
        self.send_presence()
        if ROLE == "receive":
            print("ready", flush=True)
            return
        for value in json.loads(LAST):
            self.send_message(mto=QUEUE + "@localhost", mbody=json.dumps(value), mtype="chat")
        self.disconnect(wait=1.0)

    def heard(self, message):
        self.values.append(json.loads(message["body"]))
        if ROLE == "receive" and len(self.values) == int(LAST):
            print(KEY)
            print(json.dumps(self.values), flush=True)
            self.disconnect(wait=0.1)


shim = Shim()
shim.connect((HOST, int(PORT)))
shim.process(forever=False)
