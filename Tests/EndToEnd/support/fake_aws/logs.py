"""CloudWatch Logs Insights over the fake's log groups: runs the queries that it is asked, as far as the program's go.

The language is read here anew from its documentation: `filter`, `parse` with regular expressions, `fields` with `coalesce`,
`stats` with `count` and `sum`. Fields of JSON are discovered as Insights does, no more than the first 200 of a record.
"""

import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from support.fake_aws.messages import ServiceError, json_answer

_DISCOVERED_FIELDS = 200


@dataclass
class Query:
    """A query that was started, with its whole answer; it shows as running for so many looks."""

    region: str
    group: str
    start: int
    end: int
    rows: list
    bytes: int
    looks: int
    status: str = "Complete"
    asked: int = 0


@dataclass
class LogsData:
    """Log groups, and the queries that were started."""

    #: {(region, group): [(epoch milliseconds, message)]}
    groups: dict = field(default_factory=dict)
    #: {query ID: Query}, in the order of their starts
    queries: dict = field(default_factory=dict)
    stopped: list = field(default_factory=list)
    #: Looks at a query before it is complete; a status other than Complete is what it comes to.
    looks: int = 0
    final_status: str = "Complete"
    rows_per_page: int = 10_000
    #: What each record counts for on the bill, beside its own length.
    scanned_bytes: int | None = None

    def write(self, region, group, second, record):
        """Adds a record as Bedrock writes it."""
        message = json.dumps(record, separators=(",", ":"))
        self.groups.setdefault((region, group), []).append((int(second * 1000), message))

    def scans(self, region=None):
        """The windows that were scanned: [(start, end)]."""
        return [(query.start, query.end) for query in self.queries.values() if region in (None, query.region)]


def start_query(data, request):
    """Runs a query at once; what it shows comes later."""
    params, logs = request.params, data.logs
    group = logs.groups.get((request.region, params.get("logGroupName")))
    if group is None:
        raise ServiceError(400, "ResourceNotFoundException", "The specified log group does not exist.")
    with data.lock:
        # Both ends are inclusive.
        events = [event for event in group if params["startTime"] * 1000 <= event[0] <= params["endTime"] * 1000]
        try:
            rows = run(params["queryString"], events)
        except ValueError as error:
            raise ServiceError(400, "MalformedQueryException", str(error)) from error
        scanned = sum(len(message) for _, message in events) if logs.scanned_bytes is None else logs.scanned_bytes
        number = str(uuid.uuid4())
        logs.queries[number] = Query(
            request.region, params["logGroupName"], params["startTime"], params["endTime"],
            rows[:params.get("limit", 10_000)], scanned, logs.looks, logs.final_status)
    return json_answer("logs", {"queryId": number})


def get_query_results(data, request):
    """A page of the rows, once the query has run."""
    query = _query(data, request)
    with data.lock:
        query.asked += 1
        if query.asked <= query.looks:
            return json_answer("logs", {"status": "Running", "results": [], "statistics": {"bytesScanned": query.bytes / 2}})
    token = request.params.get("nextToken", "0")
    start, end = int(token), int(token) + data.logs.rows_per_page
    answer = {"status": query.status, "results": [], "statistics": {
        "bytesScanned": float(query.bytes), "recordsMatched": 1.0, "recordsScanned": 1.0}}
    if query.status == "Complete":
        answer["results"] = [[{"field": name, "value": value} for name, value in row.items()] for row in query.rows[start:end]]
        if end < len(query.rows):
            answer["nextToken"] = str(end)
    return json_answer("logs", answer)


def stop_query(data, request):
    """Ends a query."""
    query = _query(data, request)
    query.status = "Cancelled"
    data.logs.stopped.append(request.params["queryId"])
    return json_answer("logs", {"success": True})


def _query(data, request):
    query = data.logs.queries.get(request.params["queryId"])
    if query is None or query.region != request.region:
        raise ServiceError(400, "ResourceNotFoundException", "no such query")
    return query


def run(text, events):
    """The rows that a query makes of events."""
    commands = [line.strip() for line in re.split(r"\n\| ", text)]
    records = [_discover(millisecond, message) for millisecond, message in events]
    for command in commands[:-1]:
        name, _, rest = command.partition(" ")
        if name == "filter":
            records = [record for record in records if _holds(rest, record)]
        elif name == "parse":
            _parse(rest, records)
        elif name == "fields":
            _derive(rest, records)
        else:
            raise ValueError(f"a command that is not known here: {command}")
    return _stats(commands[-1], records)


def _discover(millisecond, message):
    record = {"@message": message, "@timestamp": millisecond}

    def walk(value, name):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{name}.{key}" if name else key)
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                walk(inner, f"{name}.{index}")
        elif len(record) < _DISCOVERED_FIELDS + 2:
            record[name] = value

    walk(json.loads(message), "")
    return record


def _holds(condition, record):
    for part in condition.split(" and "):
        found = re.fullmatch(r"(not )?ispresent\(([\w.]+)\)", part)
        if not found:
            raise ValueError(f"a condition that is not known here: {part}")
        if (found[2] in record) == bool(found[1]):
            return False
    return True


def _parse(rest, records):
    found = re.fullmatch(r"@message /(.*)/", rest)
    if not found or re.search(r"(?<!\\)/", found[1]):
        raise ValueError(f"no regular expression between slashes: {rest}")
    pattern = re.compile(found[1].replace("(?<", "(?P<"))
    for record in records:
        match = pattern.search(record["@message"])
        if match:
            record.update(match.groupdict())


def _derive(rest, records):
    for found in re.finditer(r"coalesce\((`[^`]+`|[\w.]+), (\w+)\) as (\w+)", rest):
        for record in records:
            value = record.get(found[1].strip("`"), record.get(found[2]))
            if value is not None:
                record[found[3]] = value


def _stats(command, records):
    found = re.fullmatch(r"stats count\(\*\) as (\w+), (.*) by (.*)", command)
    if not found:
        raise ValueError(f"the last command is not known here: {command}")
    sums = dict(reversed(pair) for pair in re.findall(r"sum\((\w+)\) as (\w+)", found[2]))
    groups, rows = found[3].split(", "), {}
    for record in records:
        record["bin(1m)"] = datetime.fromtimestamp(record["@timestamp"] // 60_000 * 60, UTC).strftime("%Y-%m-%d %H:%M:00.000")
        key = tuple(record.get(name) for name in groups)
        row = rows.setdefault(key, {found[1]: 0})
        row[found[1]] += 1
        for name, source in sums.items():
            if source in record:
                row[name] = row.get(name, 0) + float(record[source])
    return [
        {name: str(value) for name, value in zip(groups, key) if value is not None}
        | {name: f"{value:.0f}" for name, value in row.items()}
        for key, row in rows.items()]
