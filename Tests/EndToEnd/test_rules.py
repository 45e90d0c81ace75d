"""The rules for Prometheus, by promtool: they are well formed and fire and resolve as their tests say."""

import subprocess

import yaml

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
    assert "SUCCESS" in promtool("check", "rules", "rules.yml", "alerts.yml", "teams.yml")


def test_rules_fire_and_resolve():
    assert "SUCCESS" in promtool("test", "rules", "tests.yml")


def test_every_alert_about_an_account_names_it():
    """All but those about the exporter itself."""
    exporter = {"BedrockBudgetSlowsPolling", "BedrockBudgetSpent", "BedrockNotificationsFailing", "BedrockExporterDown"}
    groups = yaml.safe_load((RULES / "alerts.yml").read_text())["groups"]
    nameless = {rule["alert"] for group in groups for rule in group["rules"]
                if "of account {{ $labels.account }}" not in rule["annotations"]["summary"]}
    assert nameless == exporter
