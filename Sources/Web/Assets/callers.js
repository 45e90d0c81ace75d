// Who made a pool's requests: a chart over time and a table, by one kind of caller at a time.

import { Chart } from "./chart.js";
import { byId, el, hintScroll, show } from "./dom.js";
import { compact, number, percent } from "./format.js";
import { grid, perMinute, stacked } from "./history.js";

/** Rows that are no caller's, in the order of the stack's top. */
const GREYS = { "(other)": "c-other", "(no application profile)": "c-rest", "(not in the logs)": "c-unlogged", "(not read)": "c-unread" };
const COLORS = ["c1", "c2", "c3", "c4", "c5"];
const METRICS = ["invocations", "input_tokens", "cache_write_input_tokens", "output_tokens", "quota_tokens"];
const WORDS = {
  role: "Role", session: "Session", application_inference_profile: "Application profile", "metadata:": "Request metadata ", "tag:": "Profile tag ",
};

/** How many callers have a colour of their own; the exporter adds up the others. */
export const TOP = COLORS.length;

/** A kind in words for people. */
function kindWords(kind) {
  const prefix = ["metadata:", "tag:"].find((one) => kind.startsWith(one));
  return prefix ? WORDS[prefix] + kind.slice(prefix.length) : WORDS[kind] ?? kind;
}

const needsLogs = (kind) => kind !== "application_inference_profile" && !kind.startsWith("tag:");

/** What callers are told apart by: as asked, else by role, else by what there is. */
export const chosenKind = (asked, kinds) => asked ?? (kinds.includes("role") ? "role" : kinds.find(needsLogs) ?? kinds[0] ?? "role");

/** The section; `update` takes an answer of the interface, and `choose` is called with a kind. */
export function makeCallers(choose) {
  const chart = new Chart({ title: "Tokens per minute by caller", format: number, axis: compact,
    description: "Mean of each step, weighted as AWS counts them. Grey is what no caller is known of." });
  chart.node.id = "chart-callers";
  byId("caller-chart").append(chart.node);
  hintScroll(byId("caller-table"));
  return (answer, rangeWords) => {
    const kind = answer.caller_kind;
    drawKinds(answer.kinds, kind, choose);
    const note = noteOn(answer, kind);
    show(byId("callers-note"), note !== null);
    byId("callers-note").replaceChildren(...(note ?? []));
    // Nothing but what was not read is no picture of callers.
    const names = namesOf(answer.rows).filter(({ name }) => name !== "(not read)");
    for (const id of ["caller-chart", "caller-table"]) show(byId(id), names.length > 0);
    if (names.length === 0) return;
    chart.update(series(answer));
    drawTable(answer, kind, rangeWords);
  };
}

function drawKinds(kinds, kind, choose) {
  const all = [...new Set([...kinds, kind])];
  show(byId("caller-kinds"), all.length > 1);
  byId("caller-kinds").replaceChildren(...all.map((one) => {
    const button = el("button", { type: "button", "aria-pressed": String(one === kind) }, kindWords(one));
    button.addEventListener("click", () => choose(one));
    return button;
  }));
}

/** What there is to say of the logs, as nodes; null for nothing. */
function noteOn({ rows, kinds, logs }, kind) {
  const reason = logs.last_reason ? ` The newest reason: ${logs.last_reason}.` : "";
  const how = ["They are read where ", el("code", {}, "accounts[].callers.enabled"), " is true in the configuration and Bedrock writes invocation logs; each reading costs what Logs Insights scans."];
  if (!kinds.some(needsLogs)) {
    if (logs.windows_unknown > 0) return [`The invocation logs could not be read.${reason}`];
    const shown = needsLogs(kind) ? "Who made these requests is not known: the invocation logs are not read. " : "The invocation logs are not read, so only application profiles tell callers apart. ";
    return [shown, ...how];
  }
  if (!needsLogs(kind)) return null;
  const unread = rows.some((row) => row.log_coverage) ? null : "The logs have not been read for this time.";
  const unanswered = logs.windows_unknown > 0 ? `Part of the logs of this time could not be read.${reason}` : null;
  const exceeding = rows.some((row) => row.logs_exceed_quota_tokens > 0)
    ? "In some steps the logs tell of more than CloudWatch has delivered, so the callers add up to more." : null;
  const said = [unread, unanswered, exceeding].filter(Boolean);
  return said.length ? [said.join(" ")] : null;
}

const used = (row) => row.quota_tokens ?? (row.input_tokens === null ? null : row.input_tokens + (row.output_tokens ?? 0));

/** Callers with their sums, the largest first, then what is no caller's. */
function namesOf(rows) {
  const sums = new Map();
  for (const row of rows) {
    const sum = sums.get(row.caller) ?? { name: row.caller, used: 0 };
    sum.used += used(row) ?? 0;
    for (const metric of METRICS) if (row[metric] !== null) sum[metric] = (sum[metric] ?? 0) + row[metric];
    sums.set(row.caller, sum);
  }
  const last = Object.keys(GREYS);
  return [...sums.values()].sort((a, b) => last.indexOf(a.name) - last.indexOf(b.name) || b.used - a.used);
}

/** One layer of a stack for each caller; in a step that is known, a caller that is not in it used nothing, unless no logs were read. */
function series(answer) {
  const names = namesOf(answer.rows);
  const whole = grid(answer);
  const coverage = whole.rows.map((row) => row?.coverage ?? null);
  const read = whole.rows.map((row) => row?.log_coverage ?? null);
  const nothing = (step) => (read[step] === 0 ? null : { quota_tokens: 0, coverage: coverage[step] });
  const layers = names.map(({ name }, index) => {
    const own = grid({ ...answer, rows: answer.rows.filter((row) => row.caller === name) });
    const rows = whole.rows.map((any, step) => (any === null ? null : own.rows[step] ?? nothing(step)));
    return { label: name, type: "stack", color: GREYS[name] ?? COLORS[index], values: perMinute({ ...own, rows }, used) };
  });
  return {
    times: whole.times, stepSeconds: whole.stepSeconds, isKnown: coverage.map((value) => value !== null && value > 0), series: stacked(layers),
    remark: (index) => (read[index] === null || read[index] >= 0.995 ? null : `the logs were read for ${Math.round(read[index] * 100)} % of the minutes`),
  };
}

function drawTable(answer, kind, rangeWords) {
  const names = namesOf(answer.rows);
  const whole = names.reduce((sum, one) => sum + one.used, 0);
  const head = [kindWords(kind), "Share", "Requests", "Input", "Cache write", "Output", "Quota tokens"];
  byId("caller-table").replaceChildren(el("table", { class: "figures" },
    el("caption", {}, `Callers by their share of quota tokens over ${rangeWords}`),
    el("thead", {}, el("tr", {}, ...head.map((name, index) => el("th", { scope: "col", class: index > 1 ? "number" : null }, name)))),
    el("tbody", {}, ...names.map((one, index) => line(one, whole, GREYS[one.name] ?? COLORS[index])))));
}

function line(one, whole, color) {
  const share = whole > 0 ? one.used / whole : null;
  const fill = el("span", { class: `fill ${color}` });
  fill.style.inlineSize = `${(share ?? 0) * 100}%`;
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, fill);
  return el("tr", { class: one.name in GREYS ? "muted" : null },
    el("th", { scope: "row", class: "id" }, one.name),
    el("td", { class: "share" }, el("span", {}, share === null ? "no traffic" : percent(share)), bar),
    ...METRICS.map((metric) => el("td", { class: "number" }, one[metric] === undefined ? "unknown" : number(one[metric]))));
}
