"""What people reach for: is the number in a Redis set? Nothing is normalised, decided by rule, signed or written down.

Speaks Redis's protocol itself, over one kept socket a thread: no client library is among the dependencies, and this is
less work than any of them does.
"""

import os
import socket
import threading
from typing import Any

from flask import Flask, request

app = Flask(__name__)
SET = b"consents"
_own = threading.local()


@app.post("/v1/checks")
def check() -> dict[str, Any]:
    """Allow whoever is in the set."""
    number = request.get_json()["number"]
    return {"decision": "allow" if is_member(number.encode()) else "deny", "number": number}


def is_member(number: bytes) -> bool:
    """Ask SISMEMBER."""
    wire = getattr(_own, "wire", None)
    if wire is None:
        wire = _own.wire = connected(os.environ["REDIS_SOCKET"])
    wire.sendall(command(b"SISMEMBER", SET, number))
    answer: bytes = wire.recv(64)
    if answer[:1] != b":":
        raise RuntimeError(answer)
    return answer[1:2] == b"1"


def connected(path: str) -> socket.socket:
    """Connect to a Redis."""
    wire = socket.socket(socket.AF_UNIX)
    wire.connect(path)
    return wire


def command(*words: bytes) -> bytes:
    """Write a command as the protocol has it."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
