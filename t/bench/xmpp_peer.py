#!/usr/bin/python3
"""The same work with aioxmpp, for xmpp.c: xmpp_peer.py PORT WHAT N [N ...]; prints the figure of each N on a line."""
import asyncio
import logging
import random
import sys
import time

import aioxmpp
import aioxmpp.connector
import aioxmpp.dispatcher

logging.disable(logging.CRITICAL)
PORT, WHAT, COUNTS = int(sys.argv[1]), sys.argv[2], [int(n) for n in sys.argv[3:]]


def client():
    name = "%032x" % random.getrandbits(128)
    return aioxmpp.PresenceManagedClient(
        aioxmpp.JID.fromstr(name + "@localhost"),
        aioxmpp.make_security_layer("foobar2342", no_verify=True),
        override_peer=[("127.0.0.1", PORT, aioxmpp.connector.STARTTLSConnector())])


async def connected():
    cm = client().connected()
    await cm.__aenter__()
    return cm


async def close(cms):
    await asyncio.gather(*(cm.__aexit__(None, None, None) for cm in cms), return_exceptions=True)


async def after_another(n):
    began, cms = time.monotonic(), []
    for _ in range(n):
        cms.append(await connected())
    took = time.monotonic() - began
    await close(cms)
    return took * 1000 / n


async def at_once(n):
    began = time.monotonic()
    cms = await asyncio.gather(*(connected() for _ in range(n)))
    took = time.monotonic() - began
    await close(cms)
    return took * 1000 / n


async def round_trips(n):
    a, b = client(), client()
    done = asyncio.Event()
    left = n

    def message(to, text):
        m = aioxmpp.Message(to=to, type_=aioxmpp.MessageType.CHAT)
        m.body[None] = text
        return m

    def pong(m):
        nonlocal left
        left -= 1
        if left:
            a.enqueue(message(b.local_jid, "ping"))
        else:
            done.set()

    def ping(m):
        b.enqueue(message(a.local_jid, "pong"))

    a.summon(aioxmpp.dispatcher.SimpleMessageDispatcher).register_callback(None, None, pong)
    b.summon(aioxmpp.dispatcher.SimpleMessageDispatcher).register_callback(None, None, ping)
    async with a.connected(), b.connected():
        began = time.monotonic()
        a.enqueue(message(b.local_jid, "ping"))
        await done.wait()
        return n / (time.monotonic() - began)


async def three(n):
    cms = [await connected() for _ in range(3)]
    await close(cms)
    return 0

loop = asyncio.get_event_loop()
for count in COUNTS:
    print("%.3f" % loop.run_until_complete(globals()[WHAT](count)), flush=True)
