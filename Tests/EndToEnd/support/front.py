"""A proxy before the daemon's page: under a path prefix, and with documents of the test's own where it has some."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.web import fetch


class Front:
    """Passes `<prefix>/…` on as `/…`; answers paths of `documents` itself."""

    def __init__(self, address, prefix="", documents=None):
        front = self
        self._documents = documents or {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                """Says nothing."""

            def do_GET(self):
                if not self.path.startswith(prefix + "/"):
                    return self.answer(404, {}, b"not found")
                path = self.path[len(prefix):]
                document = front._documents.get(path.split("?")[0])
                if document is not None:
                    return self.answer(200, {"content-type": "application/json"}, json.dumps(document).encode())
                headers = {name: self.headers[name] for name in ("Authorization", "If-None-Match") if self.headers[name]}
                answer = fetch(f"http://{address}{path}", headers=headers)
                kept = {name: value for name, value in answer.headers.items()
                        if name not in ("connection", "content-length", "transfer-encoding", "date")}
                return self.answer(answer.status, kept, answer.body)

            def answer(self, status, headers, body):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._prefix = prefix
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self):
        """The page's address."""
        return f"http://{self.address}{self._prefix}/"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()
