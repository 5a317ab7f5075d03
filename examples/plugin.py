#!/usr/bin/env python3
"""The plugin of plugin.c: serves upper-case letters on a Unix socket in the folder that it is given."""
import hmac
import os
import socket
import sys

if not hmac.compare_digest(os.environ.get("DEMO_PLUGIN", ""), "open sesame"):
    sys.exit("this is a plugin: its host starts it, with DEMO_PLUGIN in the environment")
path = os.path.join(sys.argv[1], "plugin.sock")
os.umask(0o077)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
os.chmod(path, 0o600)
server.listen()
if sys.argv[2] == "chatty":
    print("starting the plugin")
print("1|1|unix|%s|upper" % path, flush=True)
while True:
    client, _ = server.accept()
    with client:
        while data := client.recv(4096):
            client.sendall(data.upper())
