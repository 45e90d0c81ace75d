"""A strict reader of the text format 0.0.4: it refuses what Prometheus tolerates, such as a family in two places."""

import re

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)')
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


class Page:
    """The samples of a page: {(name, ((label, value), ...)): value}, labels sorted by name."""

    def __init__(self, text):
        self.samples = {}
        self.types = {}
        self._read(text)

    def value(self, name, **labels):
        """The value of the one sample with exactly these labels; None when there is none."""
        return self.samples.get((name, tuple(sorted(labels.items()))))

    def only(self, name):
        """The value of a family's single sample."""
        values = list(self.matching(name).values())
        assert len(values) == 1, f"{name} has {len(values)} samples, one was expected"
        return values[0]

    def matching(self, name, **labels):
        """Samples of a name that have at least these labels: {labels as a dictionary's items: value}."""
        wanted = labels.items()
        return {key: value for (sample, key), value in self.samples.items() if sample == name and wanted <= set(key)}

    def counters(self):
        """All samples of counters."""
        return {key: value for key, value in self.samples.items() if self.types[key[0]] == "counter"}

    def _read(self, text):
        assert text.endswith("\n"), "the page's last line has no end"
        family, described = None, set()
        for number, line in enumerate(text[:-1].split("\n"), 1):
            where = f"line {number}: {line}"
            if line.startswith("# "):
                _, keyword, name, rest = line.split(" ", 3)
                assert keyword in ("HELP", "TYPE"), where
                assert (keyword, name) not in described, f"described twice, {where}"
                described.add((keyword, name))
                assert name == family or name not in self.types, f"the family is split, {where}"
                family = name
                if keyword == "TYPE":
                    self.types[name] = rest
                continue
            match = _SAMPLE.fullmatch(line)
            assert match, f"not a sample, {where}"
            assert match[1] == family and family in self.types, f"a sample outside its family, {where}"
            key = (match[1], _labels(match[2] or "", where))
            assert key not in self.samples, f"twice the same series, {where}"
            self.samples[key] = float(match[3])


def _labels(text, where):
    labels, position = {}, 0
    while position < len(text):
        match = _LABEL.match(text, position)
        assert match and match[1] not in labels, f"not a label set, {where}"
        labels[match[1]] = re.sub(r"\\.", lambda escape: _ESCAPES[escape[0]], match[2])
        position = match.end()
    return tuple(sorted(labels.items()))
