"""Compares the configuration's YAML reader with PyYAML on random documents.

The rule: for every document our reader either gives the tree that PyYAML's BaseLoader gives, or refuses. It never
gives another tree. Documents that keep to our subset must be accepted.

BQE_BIN_DIR names the folder of the built products (default .build/debug), BQE_SEED the random seed and
BQE_YAML_DOCUMENTS how many documents of each kind are tried.
"""

import json
import os
import pathlib
import random
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("BQE_BIN_DIR", ROOT / ".build" / "debug"))
REFERENCE = ROOT / "config" / "bedrock-quota-exporter.yml"
SEED = int(os.environ.get("BQE_SEED", "20260801"))
COUNT = int(os.environ.get("BQE_YAML_DOCUMENTS", "1500"))

WORDS = ["a", "b", "key", "x-y", "60s", "0.70", "-1", "/metrics", "~", "null", "true", "arn:aws:iam::1:role/x",
         "http://h:1/p", "a b", "a  b c", "it's", 'say "x"', "a#b", "a - b", "v1:0", "é", "日本", "x*", "a&b", "-x", "--",
         "1_000", "---x", "...x", "<", "=", "a,b", "a]b", "a}b", "a?b", "?x", ":x", "$HOME", "x%", "😀"]
ESCAPES = ["\\n", "\\t", "\\\\", '\\"', "\\/", "\\x41", "\\u00e9", "\\U0001F600", "\\0", "\\e", "\\ ", "\\_", "\\N",
           "\\L", "\\P", "\\a", "\\b", "\\v", "\\f", "\\r"]
# Not in the subset, or not YAML at all.
BEYOND = ["&x ", "*x", "!t ", "!!str ", "|\n  a\n", ">\n  a\n", "? ", "\t", "<<: ", "%YAML 1.1\n", "---\n", "...\n",
          "\n  more", '"a\n  b"', "'a\n  b'", "@", "`", "\\", "#", " #c", ":", ": ", "- ", "-", ",", "[", "]", "{", "}",
          "\r", "\r\n", "\u0085", "\u2028", "\ufeff", "\x07", '"\\ud83d\\ude00"', '"\\q"', "?", "'", '"', "\n", " "]
SOUP = ["a", "b", "c", "a: ", "b: ", "- ", "-", ":", ": ", "? ", "\n", "\n", "\n", "\n  ", "\n ", "\n    ", "  ", " ",
        "[", "]", "{", "}", ", ", ",", "'x'", '"y"', "'", '"', "#", " # c", "\n# c\n", "---", "...", "\n---\n", "\n...\n",
        "é", "\t", "-x", ":x", "x:y", "''", '""', "''''", "<<", "~", "\r\n", "\\n", "%", "&a ", "*a", "!t "]


def quoted(rng):
    """A quoted scalar on one line."""
    words = rng.sample(WORDS, rng.randint(0, 2))
    if rng.random() < 0.4:
        return "'" + " ".join(words).replace("'", "''") + "'"
    text = " ".join(words).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text + "".join(rng.sample(ESCAPES, rng.randint(0, 3))) + rng.choice(["", "\t", " # no comment"]) + '"'


def scalar(rng, flow):
    """A scalar that every reader takes, plain where that is allowed."""
    if rng.random() < 0.4:
        return quoted(rng)
    word = rng.choice(WORDS)
    if word[0] == "?" or word[0] == ":" or (flow and any(c in word for c in ",[]{}?")):
        return quoted(rng)
    return word


def key(rng, used, flow):
    """A key that is new in its map."""
    while True:
        text = scalar(rng, flow) if rng.random() < 0.3 else "k%d" % rng.randint(0, 50)
        value = yaml.load(text, Loader=yaml.BaseLoader) if text[0] in "'\"" else text
        if value not in used:
            used.add(value)
            return text


def flow_node(rng, depth):
    """A flow list, flow map or scalar; may break lines."""
    kind = rng.random()
    if depth > 3 or kind < 0.4:
        return scalar(rng, True)

    def gap():
        return rng.choice(["", "", " ", "  ", "\n", "\n  ", " # c\n ", "\n# c: [\n"])

    parts = []
    used = set()
    for _ in range(rng.randint(0, 3)):
        if kind < 0.7:
            parts.append(flow_node(rng, depth + 1))
        else:
            name = key(rng, used, True)
            colon = ":" if name[0] in "'\"" and rng.random() < 0.3 else rng.choice([": ", " : ", ":\n "])
            parts.append(name + colon + (flow_node(rng, depth + 1) if rng.random() < 0.9 else ""))
    comma = rng.choice(["", ","]) if parts else ""
    body = ",".join(gap() + part + (" " + gap()).rstrip(" ") for part in parts) + comma
    opening, closing = ("[", "]") if kind < 0.7 else ("{", "}")
    return opening + body + gap() + closing


def line_end(rng):
    return rng.choice(["\n", "\n", "\n", "  \n", " # c\n", "\n\n", "\n# c: - [\n", "\n      # c\n"])


def block_node(rng, indent, depth):
    """Lines of a block list or map whose items begin in the column `indent`."""
    pad = " " * indent
    out = ""
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 3)):
            out += pad + "-" + item(rng, indent, depth)
        return out
    used = set()
    for _ in range(rng.randint(1, 4)):
        out += pad + key(rng, used, False) + rng.choice(["", " "]) + ":" + value(rng, indent, depth)
    return out


def item(rng, indent, depth):
    kind = rng.random()
    gap = rng.randint(1, 3)
    if depth < 5 and kind < 0.35:
        nested = block_node(rng, indent + 1 + gap, depth + 1)
        return " " * gap + nested.lstrip(" ")
    return value(rng, indent, depth, in_list=True)


def value(rng, indent, depth, in_list=False):
    kind = rng.random()
    if depth < 5 and kind < 0.3:
        step = rng.randint(1, 4)
        if not in_list and rng.random() < 0.3:
            items = "".join(" " * indent + "-" + item(rng, indent, depth + 1) for _ in range(rng.randint(1, 3)))
            return line_end(rng) + items
        return line_end(rng) + block_node(rng, indent + step, depth + 1)
    if kind < 0.4:
        return line_end(rng)
    if kind < 0.45:
        return line_end(rng) + " " * (indent + rng.randint(1, 3)) + scalar(rng, False) + line_end(rng)
    node = flow_node(rng, 1) if kind < 0.65 else scalar(rng, False)
    return " " * rng.randint(1, 3) + node + line_end(rng)


def inside(rng):
    """A document of our subset."""
    start = rng.choice(["", "", "", "---\n", "# c\n---  # c\n", "\n", "\ufeff"])
    end = rng.choice(["", "", "", "...\n", "... # c\n\n# c\n"])
    kind = rng.random()
    body = block_node(rng, rng.choice([0, 0, 0, 2]), 0) if kind < 0.9 else flow_node(rng, 0) + "\n"
    text = start + body + end
    return text.replace("\n", "\r\n") if rng.random() < 0.1 else text


def mutated(rng, text):
    """The text with a few small changes."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        change = rng.random()
        if change < 0.45:
            text = text[:at] + rng.choice(BEYOND) + text[at:]
        elif change < 0.7:
            text = text[:at] + text[at + rng.randint(1, 3):]
        elif change < 0.85:
            lines = text.split("\n")
            row = rng.randrange(len(lines))
            lines[row] = rng.choice([" " + lines[row], lines[row][1:], lines[row].lstrip(), "  " + lines[row]])
            text = "\n".join(lines)
        else:
            lines = text.split("\n")
            row = rng.randrange(len(lines))
            lines[row:row + 1] = rng.choice([[], [lines[row]] * 2, [lines[row], rng.choice(lines)]])
            text = "\n".join(lines)
    return text


def soup(rng):
    return "".join(rng.choice(SOUP) for _ in range(rng.randint(1, 12)))


def excerpt(rng, lines):
    start = rng.choice([row for row, line in enumerate(lines) if line and line[0] not in " #"])
    return "\n".join(lines[start:start + rng.randint(4, 30)]) + "\n"


def ours(documents, *arguments):
    """What our reader says about each document."""
    data = b"".join(document + b"\0" for document in documents)
    done = subprocess.run([BIN / "yaml-tree", *arguments], input=data, stdout=subprocess.PIPE, timeout=120, check=True)
    lines = done.stdout.decode().split("\n")
    assert lines.pop() == "" and len(lines) == len(documents)
    return [json.loads(line) for line in lines]


def theirs(document):
    """PyYAML's tree with '' for an empty document, or the error."""
    try:
        tree = yaml.load(document, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return {"error": str(error)}
    return {"tree": "" if tree is None else tree}


def compare(texts, must_accept, share):
    documents = [text.replace("\0", "").encode("utf-8", "surrogatepass") for text in texts]
    both = refused = 0
    for document, answer in zip(documents, ours(documents)):
        expected = theirs(document)
        if "error" in answer:
            refused += "tree" in expected
            assert not must_accept, "refused %r: %s, theirs: %r" % (document.decode(), answer["error"], expected)
            continue
        assert "tree" in expected, "only we accept %r as %r: %s" % (document.decode(), answer["tree"], expected["error"])
        assert json.dumps(answer["tree"]) == json.dumps(expected["tree"]), "different trees of %r" % document.decode()
        both += 1
    print("seed %d: %d documents, both accept %d, we alone refuse %d" % (SEED, len(documents), both, refused))
    assert both >= share * len(documents)


def test_documents_of_the_subset_are_read_like_pyyaml_reads_them():
    rng = random.Random("inside %d" % SEED)
    compare([inside(rng) for _ in range(COUNT)], must_accept=True, share=1)


def test_changed_documents_are_read_like_pyyaml_reads_them_or_refused():
    rng = random.Random("mutated %d" % SEED)
    compare([mutated(rng, inside(rng)) for _ in range(COUNT)], must_accept=False, share=0.15)


def test_random_tokens_are_read_like_pyyaml_reads_them_or_refused():
    rng = random.Random("soup %d" % SEED)
    compare([soup(rng) for _ in range(3 * COUNT)], must_accept=False, share=0.03)


def test_the_changed_reference_file_is_read_like_pyyaml_reads_it_or_refused():
    rng = random.Random("reference %d" % SEED)
    lines = REFERENCE.read_text().split("\n")
    texts = [mutated(rng, excerpt(rng, lines)) for _ in range(COUNT // 3)] + [REFERENCE.read_text()]
    compare(texts, must_accept=False, share=0.2)


@pytest.mark.parametrize("text", [
    "a: b\n  c\n", "a: |\n  b\n", "a: >\n  b\n", "a: &x b\n", "a: !t b\n", "a:\n  <<: {b: c}\n", "? a\n: b\n",
    "a: b\na: c\n", "%YAML 1.1\n---\na: b\n", "a: 'b\n  c'\n", "a: \"b\n  c\"\n", "--- a\n", "[a: b]\n", "{a, b}\n",
    "a: b\n---\nc: d\n", "a: \"\\ud83d\\ude00\"\n"])
def test_what_only_pyyaml_reads_is_refused_with_a_place(text):
    [answer] = ours([text.encode()])
    assert answer["error"].startswith("in:"), answer
    assert answer["error"].split(": ")[0].count(":") == 2, answer


def test_the_configuration_page_is_yaml_for_others_too():
    text = """
web: { basic_auth_users: { 'o"brien\\x': "$2y$10$UnoEUI2M4V/BTXU0MF5ms.hO97X7V0djcvI7PC6vEFGA5iOx7iANq" } }
storage: { path: "a\\u2028\\tb: 'c' \\\\".db }
"""
    [answer] = ours([text.encode()], "page")
    assert "error" in answer
    text = text.replace('\\u2028\\t', 'é😀 #').replace('\\\\".db', '\\\\.db"')
    [page, reference] = ours([text.encode(), REFERENCE.read_bytes()], "page")
    tree = yaml.safe_load(page["page"])
    assert tree["web"]["basic_auth_users"] == {'o"brien\\x': "<secret>"}
    assert tree["storage"]["path"] == "aé😀 #b: 'c' \\.db"
    tree = yaml.safe_load(reference["page"])
    assert tree["alerts"]["critical"] == 0.8 and tree["polling"]["interval"] == "1m"
    assert tree["accounts"] == [dict.fromkeys(["name", "profile", "role_arn", "external_id", "monitored_by", "account_id", "endpoint_url"], None)
                                | {"regions": [], "profile_tags": [], "callers": {
                                    "enabled": False, "by": [], "keep": 20, "log_group": None, "monthly_budget_gigabytes": 200}}]
