"""Where the programs are that the tests run. A missing one fails the test that needs it; nothing is skipped."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def exporter():
    """The program under test: in the folder BQE_BIN_DIR, by default that of a debug build."""
    folder = Path(os.environ.get("BQE_BIN_DIR", ".build/debug"))
    path = ROOT / folder / "bedrock-quota-exporter"
    if not path.is_file():
        pytest.fail(f"{path} does not exist: build it with 'swift build', or set BQE_BIN_DIR", pytrace=False)
    return path


def required(name):
    """The path of an external program, looked for beside the running Python as well."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        pytest.fail(f"the program '{name}' is needed by this test and is not installed", pytrace=False)
    return path
