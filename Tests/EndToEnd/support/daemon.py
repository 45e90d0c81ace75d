"""The program under test as a process: start it, ask it, stop it by its process ID."""

import signal
import subprocess
from urllib.parse import urlsplit

from support import configuration, logs, programs, secrets
from support.exposition import Page
from support.waiting import PATIENCE_SECONDS, allow, wait_for
from support.web import fetch

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class Daemon:
    """A folder in which `bedrock-quota-exporter serve` runs, perhaps several times; without settings another command."""

    def __init__(self, folder, settings, environment, command=("serve",), flags=("--log.level=debug",), listen="127.0.0.1:0"):
        self.folder = folder
        self.config_file = folder / "config.yaml"
        self.store = folder / "usage.db"
        self._settings = settings
        self._environment = environment
        self._command = command
        self._flags = flags
        self._listen = listen
        self._runs = 0
        #: Everything that was ever received from it, to be searched for secrets.
        self.received = []
        self.process = None
        self.address = None

    def start(self, wait=True):
        """Starts it and waits until it listens."""
        files = []
        if self._settings is not None:
            configuration.write(self.config_file, self._settings)
            files = [f"--config.file={self.config_file}", f"--storage.path={self.store}"]
        self._runs += 1
        self.address = None
        with open(self._log_path("stderr"), "wb") as stderr, open(self._log_path("stdout"), "wb") as stdout:
            self.process = subprocess.Popen(
                [programs.exporter(), *self._command, *files, f"--web.listen-address={self._listen}", *self._flags],
                env=self._environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        if wait:
            self.wait_until_listening()
        return self

    def wait_until_listening(self):
        """Takes the address out of the log."""

        def listening():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} instead of listening:\n{self.log()}")
            return next((line for line in self.log_lines() if line.get("msg") == "Listening on"), None)

        self.address = wait_for(listening, lambda: f"listening; its log:\n{self.log()}")["address"]

    def stop(self):
        """Asks it to stop as systemd does, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(PATIENCE_SECONDS)

    def wait(self, seconds):
        """The exit code, within a time."""
        try:
            return self.process.wait(timeout=allow(seconds))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {allow(seconds)} s; its log:\n{self.log()}") from None

    def kill(self):
        """Ends it at once, wherever it is."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE_SECONDS)

    def reconfigure(self, settings):
        """Writes another configuration file; it is for the test to have it read."""
        self._settings = settings
        configuration.write(self.config_file, settings)

    def log(self):
        """What this run wrote to standard error."""
        return self._log_path("stderr").read_text(errors="replace")

    def log_lines(self):
        """The log line by line, as pairs."""
        return logs.parse_all(self.log())

    def output(self):
        """What this run wrote to standard output."""
        return self._log_path("stdout").read_text(errors="replace")

    @property
    def host_and_port(self):
        """The address as sockets want it."""
        parts = urlsplit(f"http://{self.address}")
        return parts.hostname, parts.port

    def get(self, path, method="GET", headers=None, body=None):
        """One request to it."""
        response = fetch(f"http://{self.address}{path}", method, headers, body)
        self.received.append(repr(response.headers) + response.body.decode(errors="replace"))
        return response

    def api(self, path):
        """A JSON answer with status 200."""
        response = self.get(path)
        assert response.status == 200, f"{path}: {response.status} {response.text}"
        return response.json()

    def metrics(self):
        """The metrics page, read strictly."""
        response = self.get("/metrics")
        assert response.status == 200, f"/metrics: {response.status} {response.text}"
        return Page(response.text)

    def wait_for_metrics(self, condition, what, seconds=PATIENCE_SECONDS):
        """The first metrics page for which the condition holds."""
        pages = []

        def fits():
            pages.append(self.metrics())
            return condition(pages[-1])

        wait_for(fits, lambda: f"{what() if callable(what) else what}; its log:\n{self.log()[-4000:]}",
                 seconds)
        return pages[-1]

    def wait_until_ready(self, seconds=PATIENCE_SECONDS):
        """Waits until every Region was polled with success."""
        wait_for(lambda: self.get("/-/ready").status == 200, lambda: f"ready; its log:\n{self.log()}", seconds)
        return self

    def wait_until_tried(self):
        """Waits until the first poll of every Region has ended, well or badly, and is on the metrics page."""
        def tried():
            regions = self.api("/api/v1/status")["regions"]
            # Status tells of a poll before the page does, which is rendered after it.
            shown = self.metrics().matching("bedrock_exporter_poll_duration_seconds")
            return regions and len(shown) == len(regions)

        wait_for(tried, lambda: f"first polls; its log:\n{self.log()}")
        return self

    def secrets_shown(self):
        """Secrets in anything that it wrote, the store included, or answered in any run."""
        files = [*self.folder.glob("run-*"), *self.folder.glob("usage.db*")]
        written = [path.read_text(errors="replace") for path in files]
        return sorted({secret for text in written + self.received for secret in secrets.found_in(text)})

    def _log_path(self, stream):
        return self.folder / f"run-{self._runs}.{stream}"


def run(arguments, environment, folder, seconds=PATIENCE_SECONDS):
    """One run of a command that ends by itself."""
    return subprocess.run(
        [programs.exporter(), *map(str, arguments)], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=allow(seconds))
