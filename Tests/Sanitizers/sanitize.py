"""Runs the Swift tests under one of the sanitizers: sanitize.py thread|address [module|end-to-end]...

Builds into .build/<sanitizer>, shows with known faults that the sanitizer sees what it has to, and runs the Swift tests one
process a module; `end-to-end` runs the tests from outside with the program built so. A report of any process fails the run,
whatever its test says. Figures go to .build/sanitize-<sanitizer>.json.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "Tests/Sanitizers"
PYTHON = ROOT / ".build/venv/bin/python"
#: How much more time and memory the program may take in the tests from outside.
COST_FACTOR = "6"
EXIT_CODE = 66
#: Each of these has to be reported, and the last one of a kind must not.
KNOWN_FAULTS = {
    "thread": ["race-of-threads", "race-of-tasks", "race-beside-mutex"],
    "address": ["read-behind-the-end", "read-after-free", "leak", "cycle"],
}
KNOWN_INNOCENT = "locked-threads"


class Run:
    """One sanitizer's run over everything."""

    def __init__(self, kind):
        self.kind = kind
        self.build = ROOT / ".build" / kind
        self.reports = self.build / "reports"
        self.logs = self.build / "logs"
        self.object = self.build / "options.o"
        for folder in (self.reports, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.environment = os.environ | {"SWIFT_BACKTRACE": "enable=no", "BQE_COST_FACTOR": COST_FACTOR}
        self.figures = {"modules": {}, "failed": []}

    def compile(self):
        """The program and its tests."""
        self._shell("clang", "-c", "-O1", "-Wall", "-Werror", f'-DREPORTS="{self.reports}/report"', HERE / f"{self.kind}.c",
                    "-o", self.object)
        self._shell("swift", "build", "--build-tests", *self._flags(), "-Xlinker", self.object)

    def check_known_faults(self):
        """Fails unless the sanitizer reports what it has to and nothing else."""
        program = self.build / "known-faults"
        self._shell("swiftc", "-parse-as-library", "-swift-version", "6", f"-sanitize={self.kind}", "-g",
                    HERE / "known_faults.swift", self.object, "-o", program)
        for fault in KNOWN_FAULTS[self.kind]:
            code = subprocess.run([program, fault], stdout=subprocess.DEVNULL, timeout=60).returncode
            if code != EXIT_CODE or not self._take_reports():
                sys.exit(f"{fault}: not reported, exit code {code}: the sanitizer does not see what it has to")
        code = subprocess.run([program, KNOWN_INNOCENT], stdout=subprocess.DEVNULL, timeout=60).returncode
        if code != 0 or self._take_reports():
            sys.exit(f"{KNOWN_INNOCENT}: reported though there is no fault, exit code {code}")
        print(f"{self.kind}: {len(KNOWN_FAULTS[self.kind])} known faults are reported, the innocent is not")

    def run_module(self, module):
        """The Swift tests of one module, one after the other: all at once they would take each other's time, which is bounded."""
        command = ["swift", "test", "--skip-build", "--disable-xctest", "--no-parallel", *self._flags(), "--filter", rf"^{module}\."]
        code, text = self._logged(module, command, self.environment)
        counts = re.findall(r"Test run with (\d+) tests? in", text)
        self._note(module, code, int(counts[-1]) if counts else 0)

    def run_end_to_end(self):
        """The tests from outside, with the program built so."""
        command = [PYTHON, "-m", "pytest", "-c", "Tests/EndToEnd/pytest.ini", "Tests/EndToEnd", "-rfE"]
        environment = self.environment | {"BQE_BIN_DIR": str(self.build / "debug")}
        code, text = self._logged("end-to-end", command, environment)
        counts = re.findall(r"(\d+) passed", text)
        self._note("end-to-end", code, int(counts[-1]) if counts else 0)

    def close(self):
        """Tells the figures; true when all is clean."""
        tests = sum(module["tests"] for module in self.figures["modules"].values())
        reports = sum(module["reports"] for module in self.figures["modules"].values())
        self.figures |= {"tests": tests, "reports": reports}
        (ROOT / f".build/sanitize-{self.kind}.json").write_text(json.dumps(self.figures, indent=2, sort_keys=True) + "\n")
        print(f"{self.kind} sanitizer: {tests} tests run, {reports} reports, "
              f"{len(self.figures['failed'])} modules failed: {', '.join(self.figures['failed']) or 'none'}")
        return not self.figures["failed"]

    def _note(self, module, code, tests):
        reports = self._take_reports(module)
        self.figures["modules"][module] = {"tests": tests, "reports": reports}
        if code != 0 or reports or not tests:
            self.figures["failed"].append(module)
        print(f"{self.kind}: {module}: {tests} tests run, {reports} reports, exit code {code}", flush=True)

    def _take_reports(self, module=None):
        """How many files of reports lie there; those of a module are kept beside its log."""
        files = sorted(self.reports.glob("report.*"))
        for file in files:
            if module:
                file.rename(self.logs / f"{module}-{file.name}")
            else:
                file.unlink()
        return len(files)

    def _logged(self, name, command, environment):
        path = self.logs / f"{name}.log"
        with open(path, "wb") as log:
            code = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=subprocess.STDOUT).returncode
        text = path.read_text(errors="replace")
        if code != 0:
            print("\n".join(line for line in text.splitlines() if re.search("✘|↳|^FAILED|^ERROR|^E  ", line))[:8000])
            print(f"The whole log is {path}")
        return code, text

    def _flags(self):
        return [f"--sanitize={self.kind}", "--scratch-path", str(self.build)]

    def _shell(self, *command):
        subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def main():
    """Everything, or with names after the sanitizer only those modules."""
    run = Run(sys.argv[1])
    wanted = sys.argv[2:]
    modules = sorted(path.name for path in (ROOT / "Tests").glob("*Tests"))
    run.compile()
    run.check_known_faults()
    run._take_reports()
    for old in run.logs.glob("*"):
        old.unlink()
    for module in modules:
        if not wanted or module in wanted:
            run.run_module(module)
    if "end-to-end" in wanted:
        run.run_end_to_end()
    sys.exit(0 if run.close() else 1)


if __name__ == "__main__":
    main()
