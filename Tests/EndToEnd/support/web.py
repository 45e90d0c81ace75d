"""HTTP requests as the tests make them: one connection each, bounded, with the answer whole."""

import http.client
import json
import random
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from support.waiting import PATIENCE_SECONDS, allow

_TIMEOUT_SECONDS = allow(PATIENCE_SECONDS)


@dataclass
class Response:
    """A whole answer; header names in lower case."""

    status: int
    headers: dict
    body: bytes

    @property
    def text(self):
        """The body as text."""
        return self.body.decode()

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)


def fetch(url, method="GET", headers=None, body=None):
    """One request on a connection of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers or {})
        answer = connection.getresponse()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def send_raw(address, data):
    """Sends bytes as they are and returns all that comes back until the server closes."""
    host, port = address
    with socket.create_connection((host, port), timeout=_TIMEOUT_SECONDS) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def free_port():
    """A port of loopback that was free a moment ago, for programs that cannot choose one themselves."""
    while True:
        # None of those that Linux gives to connections: one of these could have it first, or connect to itself.
        port = random.randrange(20_000, 30_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
