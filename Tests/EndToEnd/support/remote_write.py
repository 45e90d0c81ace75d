"""Receivers of remote write: real ones, a gate in front of them, and a reader of what is sent to them."""

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from support import programs
from support.fake_aws.messages import ReceivedRequest
from support.waiting import wait_for
from support.web import fetch, free_port

_FIELD = descriptor_pb2.FieldDescriptorProto


def _write_request():
    """The message class of the Remote-Write 1.0 specification, typed in from its text."""
    file = descriptor_pb2.FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    messages = {
        "Label": [("name", 1, _FIELD.TYPE_STRING, None), ("value", 2, _FIELD.TYPE_STRING, None)],
        "Sample": [("value", 1, _FIELD.TYPE_DOUBLE, None), ("timestamp", 2, _FIELD.TYPE_INT64, None)],
        "TimeSeries": [("labels", 1, _FIELD.TYPE_MESSAGE, "Label"), ("samples", 2, _FIELD.TYPE_MESSAGE, "Sample")],
        "WriteRequest": [("timeseries", 1, _FIELD.TYPE_MESSAGE, "TimeSeries")],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            added = message.field.add(name=field, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL)
            if of:
                added.label = _FIELD.LABEL_REPEATED
                added.type_name = f".prometheus.{of}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("prometheus.WriteRequest"))


_WRITE_REQUEST = _write_request()


def decode(body):
    """The samples of a request by libraries of other people: [(labels as pairs in order, value, milliseconds)]."""
    message = _WRITE_REQUEST()
    encoded = bytes(cramjam.snappy.decompress_raw(body))
    message.ParseFromString(encoded)
    assert message.SerializeToString() == encoded, "protobuf itself encodes the same message in other bytes"
    return [
        ([(label.name, label.value) for label in series.labels], sample.value, sample.timestamp)
        for series in message.timeseries
        for sample in series.samples
    ]


class Receiver:
    """A server with remote write as a process that can be killed and started again on its data."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self._process = None

    @property
    def write_path(self):
        """Where it takes remote write."""
        return "/api/v1/write"

    def start(self):
        """Starts it and waits until it answers."""
        self.folder.mkdir(exist_ok=True)
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(self._answers, lambda: (self.folder / "log").read_text())

    def kill(self):
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=60)
            self._process = None

    def go_down(self):
        """Ends it as hard as it can bear without losing what it has accepted."""
        self.kill()

    def get(self, path, **parameters):
        """An answer with status 200."""
        pairs = [(key, value) for key, values in parameters.items()
                 for value in (values if isinstance(values, list) else [values])]
        response = fetch(f"http://127.0.0.1:{self.port}{path}?{urlencode(pairs)}")
        assert response.status == 200, response.text
        return response

    def _answers(self):
        assert self._process.poll() is None, (self.folder / "log").read_text()
        try:
            return fetch(f"http://127.0.0.1:{self.port}{self.ready_path}").status == 200
        except OSError:
            return False


class Prometheus(Receiver):
    """Prometheus as it comes: it refuses samples that are out of order."""

    ready_path = "/-/ready"

    def command(self):
        """Without any scraping."""
        configuration = self.folder / "prometheus.yml"
        configuration.write_text("scrape_configs: []\n")
        return [
            programs.required("prometheus"), "--web.enable-remote-write-receiver", f"--config.file={configuration}",
            f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}"]

    def samples(self):
        """Every raw sample of the last hours: {(name, labels as sorted pairs): [(second, value)]}."""
        answer = self.get("/api/v1/query", query='{__name__=~"bedrock_.*"}[6h]', time=f"{time.time() + 60:.0f}").json()
        return {
            _key(series["metric"]): [(int(at), float(value)) for at, value in series["values"]]
            for series in answer["data"]["result"]}


class WindowedPrometheus(Prometheus):
    """Prometheus that takes samples out of order, of any age that a test has."""

    def command(self):
        """As above, with a window."""
        command = super().command()
        (self.folder / "prometheus.yml").write_text("storage: {tsdb: {out_of_order_time_window: 1d}}\n")
        return command


class VictoriaMetrics(Receiver):
    """VictoriaMetrics; told to keep one of samples with the same time, as its documentation advises for such senders."""

    ready_path = "/health"

    def command(self):
        """On loopback alone."""
        return [
            programs.required("victoria-metrics"), f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-storageDataPath={self.folder / 'data'}", "-dedup.minScrapeInterval=1ms", "-retentionPeriod=1"]

    def go_down(self):
        """In peace: it keeps some seconds of accepted samples in memory alone."""
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process = None

    def samples(self):
        """Every raw sample, as for Prometheus."""
        self.get("/internal/force_flush")
        query = {"match[]": '{__name__=~"bedrock_.*"}', "reduce_mem_usage": "0"}
        lines = self.get("/api/v1/export", **query).text.splitlines()
        found = {}
        for series in map(json.loads, lines):
            points = found.setdefault(_key(series["metric"]), [])
            points += [(at // 1000, value) for at, value in zip(series["timestamps"], series["values"])]
        return {key: sorted(points) for key, points in found.items()}


def _key(labels):
    return labels["__name__"], tuple(sorted((name, value) for name, value in labels.items() if name != "__name__"))


class Gate:
    """An HTTP server between the daemon and a receiver that keeps what passes, and can do things in between."""

    def __init__(self, receiver=None):
        self.requests = []
        self.lock = threading.Lock()
        #: Called with the number of the request after the receiver has taken it and before the daemon knows.
        self.after_taken = lambda number: None
        self.taken = 0
        self._receiver = receiver
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.gate = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def url(self, path="/api/v1/write"):
        """Where the daemon is to write to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self):
        """Stops the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=60)

    def pass_on(self, request):
        """The receiver's status and text; 502 when it is not there."""
        with self.lock:
            self.requests.append(request)
        if self._receiver is None:
            return 204, b""
        connection = http.client.HTTPConnection("127.0.0.1", self._receiver.port, timeout=60)
        try:
            connection.request("POST", self._receiver.write_path, request.body, request.headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except OSError:
            return 502, b"the receiver is down"
        finally:
            connection.close()
        if status < 300:
            with self.lock:
                self.taken += 1
                number = self.taken
            self.after_taken(number)
        return status, text


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A connection that a killed daemon leaves behind is no error; all others are told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # The daemon was killed while it sent.
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        request = ReceivedRequest("POST", path, query, headers, body, time.time())
        status, text = self.server.gate.pass_on(request)
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            # The daemon may have been killed meanwhile.
            self.close_connection = True

    def log_message(self, format, *args):
        """Nothing: the test looks at the requests."""


def is_label_name(text):
    """What the specification allows as a label's name."""
    return re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", text) is not None
