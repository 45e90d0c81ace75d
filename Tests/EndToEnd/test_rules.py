"""The rules for Prometheus, by promtool: they are well formed and fire and resolve as their tests say."""

import subprocess

from support import programs

RULES = programs.ROOT / "deploy" / "prometheus"


def promtool(*arguments):
    """Runs promtool in the rules' folder and returns what it printed."""
    done = subprocess.run(
        [programs.required("promtool"), *arguments], cwd=RULES, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_rules_are_well_formed():
    assert "SUCCESS" in promtool("check", "rules", "rules.yml", "alerts.yml")


def test_rules_fire_and_resolve():
    assert "SUCCESS" in promtool("test", "rules", "tests.yml")
