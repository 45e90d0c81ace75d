"""The quick face of the fake AWS, for soaks and benchmarks: answers out of memory, without checks of what is asked.

What `fake_aws` checks of every request it has checked in the tests; here the machine belongs to the program.
"""

import calendar
import contextlib
import re
import socket
import threading
import time
from collections import Counter

_HEADER = re.compile(rb"(?i)^(content-length|x-amz-target|x-amz-date|authorization): *(.*)$", re.MULTILINE)
_REGION = re.compile(rb"/\d{8}/([a-z0-9-]+)/")


class QuickAWS:
    """AWS on a free port of loopback; who inherits it gives the answers."""

    def __init__(self):
        self.lock = threading.Lock()
        #: Requests by operation.
        self.counts = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, operation, target, region, body, now):
        """The body of an answer; `now` is the request's time in Unix seconds, 0 without one."""
        raise NotImplementedError

    def start(self):
        """Serves in a thread of its own."""
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        """Until it is stopped."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=[connection], daemon=True).start()

    def stop(self):
        """Takes no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _converse(self, connection):
        # Who asks may be killed.
        with contextlib.suppress(ConnectionError):
            self._answer_all(connection)

    def _answer_all(self, connection):
        received = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in received:
                    part = connection.recv(1 << 18)
                    if not part:
                        return
                    received += part
                head, _, received = received.partition(b"\r\n\r\n")
                headers = {name.lower(): value.strip() for name, value in _HEADER.findall(head)}
                length = int(headers.get(b"content-length", 0))
                while len(received) < length:
                    part = connection.recv(1 << 18)
                    if not part:
                        return
                    received += part
                body, received = received[:length], received[length:]
                connection.sendall(self._response(head.split(b" ", 2)[1], headers, body))

    def _response(self, target, headers, body):
        # AWS's clock is the program's.
        now = _seconds(headers.get(b"x-amz-date"))
        date = time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", time.gmtime(now)) if now else ""
        operation = headers.get(b"x-amz-target", target.split(b"?")[0]).rpartition(b".")[2].strip(b"/").decode()
        region = _REGION.search(headers.get(b"authorization", b""))
        answer = self.answer(operation, target, region and region[1].decode(), body, now)
        with self.lock:
            self.counts[operation] += 1
        return (f"HTTP/1.1 200 OK\r\n{date}Content-Type: application/x-amz-json-1.0\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n").encode() + answer


def _seconds(date):
    """Unix time of X-Amz-Date."""
    return calendar.timegm(time.strptime(date.decode(), "%Y%m%dT%H%M%SZ")) if date else 0
