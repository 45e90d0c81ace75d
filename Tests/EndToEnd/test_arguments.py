"""Arguments, whatever is loaded before the program."""

from support import configuration, preload
from support.daemon import run


def test_a_library_that_sets_variables_before_main_takes_no_arguments(tmp_path):
    variables = {"LD_PRELOAD": str(preload.library("early_environment", tmp_path))}
    environment = configuration.environment(tmp_path, **variables)
    assert run(["--version"], environment, tmp_path).stdout.startswith("bedrock-quota-exporter, version ")
    refused = run(["--no.such.flag", "ä €"], environment, tmp_path)
    assert refused.returncode == 2 and "--no.such.flag" in refused.stderr
