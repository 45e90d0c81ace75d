"""Reads the program's log lines in logfmt."""

import json
import re

_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_.]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)')


def parse(line):
    """The pairs of one line; empty for a line that is not logfmt."""
    pairs, position = {}, 0
    while position < len(line):
        match = _PAIR.match(line, position)
        if match is None:
            return {}
        pairs[match[1]] = json.loads(match[2]) if match[2].startswith('"') else match[2]
        position = match.end()
    return pairs


def parse_all(text):
    """The lines of a log; a line that is being written is left out."""
    return [pairs for line in text.split("\n")[:-1] if (pairs := parse(line))]
