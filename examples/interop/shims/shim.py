#!/usr/bin/python3
"""An AMQP 1.0 shim on qpid-proton's Python library; the arguments are those of shim.c."""
import json
import struct
import sys
import uuid

import proton
from proton import Array, Data, Described, Message, UNDESCRIBED
from proton.handlers import MessagingHandler
from proton.reactor import Container


def bits(letter, size):
    """How a float or double is written: its bits."""
    return (lambda text: struct.unpack(letter, int(text, 16).to_bytes(size, "big"))[0],
            lambda value: "0x" + struct.pack(letter, value).hex())


FLOAT, DOUBLE = bits(">f", 4), bits(">d", 8)

# The library's class of each type, from JSON to a value for its constructor, from the value to JSON.
TYPES = {
    "null": (type(None), None, lambda v: v),
    "boolean": (bool, bool, bool),
    "ubyte": (proton.ubyte, int, int),
    "ushort": (proton.ushort, int, int),
    "uint": (proton.uint, int, int),
    "ulong": (proton.ulong, int, lambda v: str(int(v))),
    "byte": (proton.byte, int, int),
    "short": (proton.short, int, int),
    "int": (proton.int32, int, int),
    "long": (int, int, str),
    "float": (proton.float32, *FLOAT),
    "double": (float, *DOUBLE),
    "decimal32": (proton.decimal32, lambda t: int(t, 16), lambda v: "0x%08x" % v),
    "decimal64": (proton.decimal64, lambda t: int(t, 16), lambda v: "0x%016x" % v),
    "decimal128": (proton.decimal128, lambda t: bytes.fromhex(t[2:]), lambda v: "0x" + v.hex()),
    "char": (proton.char, str, str),
    "timestamp": (proton.timestamp, int, int),
    "uuid": (uuid.UUID, str, str),
    "binary": (bytes, bytes.fromhex, lambda v: v.hex()),
    "string": (str, str, str),
    "symbol": (proton.symbol, str, str),
}
NAMES = {row[0]: name for name, row in TYPES.items()}
CODES = {name: getattr(Data, {"boolean": "BOOL"}.get(name, name.upper())) for name in TYPES}


def scalar(name, value):
    kind, read, _ = TYPES[name]
    return None if name == "null" else kind(read(value))


def to_amqp(json_value):
    (name, value), = json_value.items()
    if name == "list":
        return [to_amqp(v) for v in value]
    if name == "map":
        return {to_amqp(k): to_amqp(v) for k, v in value}
    if name == "described":
        return Described(*(to_amqp(v) for v in value))
    if name == "array":
        element, *values = value
        described = values and isinstance(values[0], dict)
        descriptor = to_amqp(values.pop(0)) if described else UNDESCRIBED
        return Array(descriptor, CODES[element], *(scalar(element, v) for v in values))
    return scalar(name, value)


def to_message(json_value):
    """Data and sequence are the bodies that aren't a value: bytes and lists of a message that is "inferred"."""
    (name, value), = json_value.items()
    value_of = {"data": "binary", "sequence": "list"}.get(name)
    return Message(body=to_amqp({value_of or name: value}), inferred=value_of is not None)


def to_json(value):
    if isinstance(value, list):
        return {"list": [to_json(v) for v in value]}
    if isinstance(value, dict):
        return {"map": [[to_json(k), to_json(v)] for k, v in value.items()]}
    if isinstance(value, Array):
        name = next(n for n, code in CODES.items() if code == value.type)
        descriptor = [] if value.descriptor is UNDESCRIBED else [to_json(value.descriptor)]
        return {"array": [name] + descriptor + [TYPES[name][2](v) for v in value.elements]}
    if isinstance(value, Described):
        return {"described": [to_json(value.descriptor), to_json(value.value)]}
    if type(value) not in NAMES:
        return {"a value of class " + type(value).__name__: repr(value)}
    name = NAMES[type(value)]
    return {name: TYPES[name][2](value)}


def from_message(message):
    json_value = to_json(message.body)
    if not message.inferred:
        return json_value
    (name, value), = json_value.items()
    return {{"binary": "data", "list": "sequence"}.get(name, name): value}


class Shim(MessagingHandler):
    """What ends the program: a failure of any kind, said on stderr."""

    def on_rejected(self, event):
        sys.exit("a message was rejected")

    def on_released(self, event):
        sys.exit("a message was released")

    def on_link_error(self, event):
        sys.exit("link: %s" % event.link.remote_condition)

    def on_connection_error(self, event):
        sys.exit("connection: %s" % event.connection.remote_condition)

    def on_transport_error(self, event):
        sys.exit("transport: %s" % event.transport.condition)


class Send(Shim):
    def __init__(self, node, queue, key, argument):
        super().__init__()
        self.url = "amqp://%s/%s" % (node, queue)
        if argument.startswith("@"):
            with open(argument[1:], encoding="utf-8") as f:
                argument = f.read()
        self.values = json.loads(argument)
        self.sent = self.settled = 0

    def on_start(self, event):
        event.container.create_sender(self.url)

    def on_sendable(self, event):
        while event.sender.credit and self.sent < len(self.values):
            event.sender.send(to_message(self.values[self.sent]))
            self.sent += 1

    def on_accepted(self, event):
        self.settled += 1
        if self.settled == len(self.values):
            event.connection.close()


class Receive(Shim):
    def __init__(self, node, queue, key, count):
        super().__init__(prefetch=int(count))
        self.url = "amqp://%s/%s" % (node, queue)
        self.key, self.count, self.values = key, int(count), []

    def on_start(self, event):
        event.container.create_receiver(self.url)

    def on_link_opened(self, event):
        print("ready", flush=True)

    def on_message(self, event):
        self.values.append(from_message(event.message))
        if len(self.values) == self.count:
            print(self.key)
            print(json.dumps(self.values))
            event.connection.close()


class Who(Shim):
    def __init__(self, node):
        super().__init__()
        self.node = node

    def on_start(self, event):
        event.container.connect("amqp://" + self.node)

    def on_connection_opened(self, event):
        print((event.connection.remote_properties or {}).get(proton.symbol("product"), ""))
        event.connection.close()


Container({"send": Send, "receive": Receive, "who": Who}[sys.argv[1]](*sys.argv[2:])).run()
