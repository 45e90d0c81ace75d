"""moto's server: an AWS that we did not write."""

import os
import subprocess
from contextlib import contextmanager

from support import programs
from support.waiting import wait_for
from support.web import fetch, free_port


@contextmanager
def moto_server(folder):
    """The URL of a fresh one."""
    port = free_port()
    log = folder / "moto.log"
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [programs.required("moto_server"), "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)})
    url = f"http://127.0.0.1:{port}"

    def answers():
        assert process.poll() is None, f"moto_server ended: {log.read_text()[-2000:]}"
        try:
            return fetch(f"{url}/moto-api/").status == 200
        except ConnectionError:
            return False

    try:
        wait_for(answers, "an answer of moto_server")
        yield url
    finally:
        process.kill()
        process.wait(timeout=60)
