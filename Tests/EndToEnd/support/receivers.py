"""Receivers of alerts: a real Alertmanager, and servers that keep what they are sent."""

import json
import socket
import threading
from contextlib import contextmanager

from support import programs
from support.remote_write import Gate, Receiver


class Alertmanager(Receiver):
    """Alertmanager alone, which tells another server of each alert by itself and at once."""

    ready_path = "/-/ready"
    write_path = "/api/v2/alerts"

    def __init__(self, folder, webhook=None, inhibit_rules=()):
        super().__init__(folder)
        self._webhook = webhook
        self._inhibit_rules = list(inhibit_rules)

    def command(self):
        """On loopback, without a cluster."""
        hooks = [{"url": self._webhook, "send_resolved": True}] if self._webhook else []
        settings = {
            # It looks at inhibition only when it tells, and learns of alerts one by one.
            "route": {"receiver": "hook", "group_by": ["..."], "group_wait": "1s" if self._inhibit_rules else "0s",
                      "group_interval": "1s", "repeat_interval": "24h"},
            "inhibit_rules": self._inhibit_rules,
            "receivers": [{"name": "hook", "webhook_configs": hooks}],
        }
        file = self.folder / "alertmanager.yml"
        file.write_text(json.dumps(settings))
        return [
            programs.required("prometheus-alertmanager"), f"--config.file={file}", "--cluster.listen-address=",
            f"--storage.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}"]

    @property
    def url(self):
        """As the daemon's configuration has it."""
        return f"http://127.0.0.1:{self.port}"

    def alerts(self):
        """The alerts that are active: [{"labels", "annotations", "startsAt", "endsAt", "updatedAt", …}]."""
        return self.get("/api/v2/alerts").json()


class Recorder(Gate):
    """Keeps the JSON bodies that are posted to it and answers as told."""

    def __init__(self):
        super().__init__()
        #: Status, or a function of the request that returns it.
        self.status = 200

    def pass_on(self, request):
        """The answer to one request."""
        status = self.status(request) if callable(self.status) else self.status
        request.answered = status
        with self.lock:
            self.requests.append(request)
        return status, b"ok"

    def bodies(self):
        """What was posted and accepted, in order."""
        with self.lock:
            return [json.loads(request.body) for request in self.requests if request.answered < 300]

    def alerts(self):
        """All alerts of all bodies of Alertmanager's webhook form."""
        return [alert for body in self.bodies() for alert in body["alerts"]]


@contextmanager
def recorder():
    """A recorder, closed at the end."""
    server = Recorder()
    try:
        yield server
    finally:
        server.close()


@contextmanager
def silent_server():
    """The port of a server that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        taken, end = [], threading.Event()

        def take():
            listener.settimeout(0.1)
            while not end.is_set():
                try:
                    taken.append(listener.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            end.set()
            thread.join(timeout=60)
            for connection in taken:
                connection.close()
