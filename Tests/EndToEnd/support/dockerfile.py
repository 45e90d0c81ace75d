"""Reads Dockerfiles."""


def instructions(path):
    """The Dockerfile's instructions as (name, rest), lines joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


def last_stage(path):
    """Those of the image itself."""
    steps = instructions(path)
    return steps[max(index for index, (name, _) in enumerate(steps) if name == "FROM"):]


def let_in(ignore_file):
    """What .dockerignore lets into the build, where everything else is left out."""
    lines = [line for line in ignore_file.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*", "everything is left out but what is named"
    assert all(line.startswith("!") for line in lines[1:]), lines
    return [line[1:] for line in lines[1:]]
