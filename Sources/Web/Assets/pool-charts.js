// The charts of a pool's page.

import { Chart } from "./chart.js";
import { compact, number, seconds } from "./format.js";
import { known, limits, peaks, perMinute, remark, stacked, values } from "./history.js";

const CHARTS = [
  { id: "tokens", title: "Tokens per minute against the quota", format: number, axis: compact,
    description: "Weighted as AWS counts them. The highest single minute of each step is what gets throttled." },
  { id: "input", title: "Input tokens per minute against the quota", format: number, axis: compact,
    description: "Input and output count apart, unweighted. The highest single minute of each step is what gets throttled." },
  { id: "output", title: "Output tokens per minute against the quota", format: number, axis: compact,
    description: "The highest single minute of each step." },
  { id: "parts", title: "What the tokens are made of", format: number, axis: compact,
    description: "Mean per minute by our weights; AWS's own estimate may differ a little." },
  { id: "requests", title: "Requests per minute", format: number, axis: compact,
    description: "Accepted requests." },
  { id: "throttles", title: "Throttles", format: number, axis: compact,
    description: "Refused for a quota; reserved output tokens can throttle far below 100 %." },
  { id: "errors", title: "Errors", format: number, axis: compact,
    description: "Failed requests in each step." },
  { id: "latency", title: "Latency", format: seconds, axis: seconds,
    description: "Means over requests." },
  { id: "day", title: "Tokens of the day against the quota", format: number, axis: compact,
    description: "Since 00:00 UTC." },
];

/** All charts; `update` draws those that have something to say. */
export function makeCharts(parent) {
  const charts = new Map(CHARTS.map((one) => [one.id, new Chart(one)]));
  for (const [id, chart] of charts) {
    chart.node.id = `chart-${id}`;
    parent.append(chart.node);
  }
  return (steps, pool, latency) => {
    const all = series(steps, pool.burndown_rate, latency);
    for (const [id, chart] of charts) {
      chart.node.hidden = !all[id];
      if (all[id]) chart.update({ times: steps.times, stepSeconds: steps.stepSeconds, remark: remark(steps), ...all[id] });
    }
  };
}

function series(steps, rate, latency) {
  const isKnown = known(steps);
  const day = againstQuota(steps, "tokens_per_day", "Used since 00:00 UTC", null);
  const isWeighed = rate !== null;
  const against = (kind, pick) => ({ isKnown, series: againstQuota(steps, kind, "Peak minute", perMinute(steps, pick)) });
  return {
    input: isWeighed ? null : against("input_tokens_per_minute", (row) => row.input_tokens),
    output: isWeighed ? null : against("output_tokens_per_minute", (row) => row.output_tokens),
    tokens: !isWeighed ? null : { isKnown, series: againstQuota(steps, "tokens_per_minute", "Peak minute", perMinute(steps, (row) => row.quota_tokens)) },
    parts: isWeighed ? { isKnown, series: parts(steps, rate) } : null,
    requests: { isKnown, series: againstQuota(steps, "requests_per_minute", "Peak minute", perMinute(steps, (row) => row.invocations)) },
    throttles: lacks(steps, "throttles") ? null : { isKnown, series: [{ label: "Throttles", type: "bar", color: "c-bad", values: values(steps, (row) => row.throttles) }] },
    errors: { isKnown, series: stacked([
      { label: "Client errors", type: "bar", color: "c3", values: values(steps, (row) => row.client_errors) },
      { label: "Server errors", type: "bar", color: "c-bad", values: values(steps, (row) => row.server_errors) }]) },
    latency: isWeighed ? latencySeries(steps, latency) : null,
    day: day.some((one) => one.type === "limit") ? { isKnown, series: day } : null,
  };
}

/** Whether the pool's endpoint has no such metric: what is known of it is all null. */
const lacks = (steps, metric) => steps.rows.some((row) => row !== null) && steps.rows.every((row) => row === null || row.coverage === null || row[metric] === null);

/** Peak as a surface, mean as a line, the limit as a dashed stair; where there is no limit, the mean alone. */
function againstQuota(steps, kind, label, mean) {
  const limit = limits(steps, kind);
  const all = [];
  if (limit) all.push({ label, type: "area", color: "c1", values: peaks(steps, kind) });
  if (mean && !(limit && steps.stepSeconds <= 60)) all.push({ label: "Mean", type: limit ? "line" : "area", color: limit ? "c2" : "c1", values: mean });
  if (limit) all.push({ label: "Quota", type: "limit", color: "c-limit", values: limit });
  return all;
}

function parts(steps, rate) {
  const weighted = (row) => (row.output_tokens === null ? null : row.output_tokens * rate);
  return stacked([
    { label: "Input", type: "stack", color: "c1", values: perMinute(steps, (row) => row.input_tokens) },
    { label: "Cache write", type: "stack", color: "c2", values: perMinute(steps, (row) => row.cache_write_input_tokens) },
    { label: `Output × ${number(rate)}`, type: "stack", color: "c3", values: perMinute(steps, weighted) },
  ]);
}

/** Latencies exist only where there were requests; a step without any is no gap in what is known. */
function latencySeries(steps, latency) {
  if (!latency) return null;
  const byTime = new Map(latency.rows.map((row) => [Date.parse(row.start) / 1000, row]));
  const pick = (name) => steps.times.map((time) => byTime.get(time)?.[name] ?? null);
  return {
    isKnown: known(steps),
    series: [
      { label: "Whole answer", type: "line", color: "c1", values: pick("latency_seconds") },
      { label: "First token", type: "line", color: "c3", values: pick("time_to_first_token_seconds") },
    ],
  };
}
