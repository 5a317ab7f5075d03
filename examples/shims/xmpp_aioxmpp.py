#!/usr/bin/python3
"""An XMPP shim on aioxmpp for ../xmpp_shims.c: send NODE QUEUE KEY JSON | receive NODE QUEUE KEY COUNT."""
import asyncio
import json
import logging
import sys

import aioxmpp
import aioxmpp.connector
import aioxmpp.dispatcher

logging.disable(logging.CRITICAL)
ROLE, NODE, QUEUE, KEY, LAST = sys.argv[1:6]
HOST, PORT = NODE.rsplit(":", 1)


async def main():
    me = ("sender-" if ROLE == "send" else "") + QUEUE + "@localhost"
    security = aioxmpp.make_security_layer("any will do", no_verify=True)
    client = aioxmpp.PresenceManagedClient(
        aioxmpp.JID.fromstr(me), security,
        override_peer=[(HOST, int(PORT), aioxmpp.connector.STARTTLSConnector())])
    values, done = [], asyncio.Event()

    def heard(message):
        if message.body:
            values.append(json.loads(message.body.any()))
        if len(values) == int(LAST):
            done.set()

    if ROLE == "receive":
        client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher).register_callback(None, None, heard)
    async with client.connected():
        if ROLE == "receive":
            print("ready", flush=True)
            await done.wait()
            print(KEY)
            print(json.dumps(values))
            return
        for value in json.loads(LAST):
            message = aioxmpp.Message(to=aioxmpp.JID.fromstr(QUEUE + "@localhost"), type_=aioxmpp.MessageType.CHAT)
            message.body[None] = json.dumps(value)
            await client.send(message)


asyncio.get_event_loop().run_until_complete(main())
