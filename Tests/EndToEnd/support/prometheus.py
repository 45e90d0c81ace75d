"""A real Prometheus on loopback."""

import json
import subprocess
from contextlib import contextmanager
from urllib.parse import urlencode

import yaml

from support import programs
from support.waiting import wait_for
from support.web import fetch, free_port



class Prometheus:
    """A running server; ask it by PromQL."""

    def __init__(self, process, url, log):
        self._process, self.url, self._log = process, url, log

    def get(self, path, **parameters):
        """The data of an API answer. Fails with Prometheus's own words when it refuses."""
        assert self._process.poll() is None, self._log.read_text()[-2000:]
        response = fetch(f"{self.url}{path}?{urlencode(parameters, doseq=True)}")
        body = response.json()
        assert response.status == 200 and body["status"] == "success", f"{path} {parameters}: {body}"
        return body["data"]

    def query(self, expression, **parameters):
        """The result of an instant query."""
        return self.get("/api/v1/query", query=expression, **parameters)["result"]

    def targets(self):
        """The active targets; none while it starts."""
        try:
            return self.get("/api/v1/targets")["activeTargets"]
        except (ConnectionError, json.JSONDecodeError):
            return []

    def wait_for_target(self):
        """The one target, once it is up."""
        return wait_for(
            lambda: next((target for target in self.targets() if target["health"] == "up"), None),
            lambda: f"a target that is up: {self.targets()}; {self._log.read_text()[-2000:]}")


@contextmanager
def prometheus(folder, settings):
    """Runs until the block ends; settings are its configuration file."""
    folder.mkdir(exist_ok=True)
    file, log = folder / "prometheus.yml", folder / "prometheus.log"
    file.write_text(yaml.safe_dump(settings))
    port = free_port()
    with open(log, "wb") as stream:
        process = subprocess.Popen(
            [programs.required("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=stream, stderr=stream, cwd=folder)
    try:
        yield Prometheus(process, f"http://127.0.0.1:{port}", log)
    finally:
        process.kill()
        process.wait(timeout=60)
