#!/usr/bin/python3
"""An AMQP 1.0 shim on qpid-proton's Python library, for ../shims.c; the arguments are those of amqp.c."""
import json
import sys

from proton import Message
from proton.handlers import MessagingHandler
from proton.reactor import Container

ROLE, NODE, QUEUE, TYPE, LAST = sys.argv[1:6]


class Send(MessagingHandler):
    def __init__(self):
        super().__init__()
        self.values = json.loads(LAST)
        self.sent = self.settled = 0

    def on_start(self, event):
        event.container.create_sender("amqp://%s/%s" % (NODE, QUEUE))

    def on_sendable(self, event):
        while event.sender.credit and self.sent < len(self.values):
            event.sender.send(Message(body=self.values[self.sent], inferred=True))
            self.sent += 1

    def on_accepted(self, event):
        self.settled += 1
        if self.settled == len(self.values):
            event.connection.close()

    def on_rejected(self, event):
        sys.exit("a message was rejected")

    def on_transport_error(self, event):
        sys.exit(str(event.transport.condition))


class Receive(MessagingHandler):
    def __init__(self):
        super().__init__(prefetch=int(LAST))
        self.values = []

    def on_start(self, event):
        event.container.create_receiver("amqp://%s/%s" % (NODE, QUEUE))

    def on_link_opened(self, event):
        print("ready", flush=True)

    def on_message(self, event):
        self.values.append(event.message.body)
        if len(self.values) == int(LAST):
            print(TYPE)
            print(json.dumps(self.values, default=lambda v: "a value of type " + type(v).__name__))
            event.connection.close()

    def on_transport_error(self, event):
        sys.exit(str(event.transport.condition))


Container(Send() if ROLE == "send" else Receive()).run()
