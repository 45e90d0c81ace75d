// What a request for a higher quota asks for, as the command `report` computes it.

import { byId, el, hintScroll } from "./dom.js";
import { fullDay, moment, number, percent } from "./format.js";
import { QUOTAS, title, word } from "./words.js";

const unknown = (value, format) => (value === null || value === undefined ? "unknown" : format(value));

/** A quota per day has no minutes. */
const ofMinutes = (quota, value, format) => (quota.quota.endsWith("_per_day") ? "–" : unknown(value, format));

const LINES = [
  ["Limit", (quota) => number(quota.limit)],
  ["Steady use, median of busy minutes", (quota) => ofMinutes(quota, quota.steady_median, number)],
  ["Steady use, 95th percentile", (quota) => ofMinutes(quota, quota.steady_p95, number)],
  ["Peak", (quota) => unknown(quota.peak, number)],
  ["Peak at", (quota) => unknown(quota.peak_minute, (time) => moment(new Date(time)))],
  ["Minutes from 70 %", (quota) => ofMinutes(quota, quota.share_above_70, percent)],
  ["Minutes from 80 %", (quota) => ofMinutes(quota, quota.share_above_80, percent)],
  ["Minutes from 100 %", (quota) => ofMinutes(quota, quota.share_above_100, percent)],
  ["Growth of daily peaks", growth],
  ["Reaches 80 %", (quota) => reach(quota, quota.reaches_80)],
  ["Reaches 100 %", (quota) => reach(quota, quota.reaches_100)],
  ["Needed, even odds", (quota) => (quota.needed_until ? number(quota.needed_low) : "–")],
  ["Needed, to be safe", (quota) => unknown(quota.needed_high, (value) => `${number(value)} (${sureness(quota)})`)],
];

function growth(quota) {
  if (quota.growing === null || quota.growing === undefined) return `unknown (${quota.trend_days} whole days)`;
  const interval = `${unknown(quota.growth_per_day_low, number)} to ${unknown(quota.growth_per_day_high, number)} a day`;
  return quota.growing ? `${number(quota.growth_per_day)} a day (${interval}; ${quota.trend_days} days)` : `none is certain (${interval})`;
}

function reach(quota, when) {
  if (when === null || when === undefined) return "too few days for a forecast";
  if (when === "already") return "already there";
  if (when === "not_foreseen") return quota.growing ? `not within ${quota.trend_days} days` : "not in sight";
  return date(when);
}

const date = (day) => fullDay(new Date(`${day}T12:00:00Z`));

/** Up to when a need is foretold, and how surely. */
function sureness(quota) {
  return quota.needed_until
    ? `until ${date(quota.needed_until)}, ${Math.round(quota.needed_confidence * 100)} % confidence` : "for the peaks so far";
}

/** Shows the report of one pool. */
export function showReport(report) {
  const pool = report.pools[0];
  if (!pool || pool.quotas.length === 0) {
    byId("report").replaceChildren(el("p", { class: "muted" }, "The store knows no quota of this pool yet."));
    return;
  }
  const order = Object.keys(QUOTAS);
  const quotas = [...pool.quotas].sort((a, b) => order.indexOf(a.quota) - order.indexOf(b.quota));
  const head = el("tr", {}, el("th", { scope: "col" }, "Figure"),
    ...quotas.map((quota) => el("th", { scope: "col", class: "number" }, title(word(QUOTAS, quota.quota)))));
  const rows = LINES.map(([name, text]) => el("tr", {}, el("th", { scope: "row" }, name),
    ...quotas.map((quota) => el("td", { class: "number" }, text(quota)))));
  const caption = `${fullDay(new Date(report.start))} to ${fullDay(new Date(report.end))}, needs leave peaks at ${Math.round(report.headroom * 100)} % of the quota`;
  const commands = quotas.filter((quota) => quota.request_command ?? quota.support_request).flatMap((quota) => [
    el("p", {}, `To ask ${quota.request_command ? "" : "AWS Support "}for the ${word(QUOTAS, quota.quota)} that peaks need with headroom, ${sureness(quota)}:`),
    el("pre", { tabindex: "0", role: "region", "aria-label": `Command for ${word(QUOTAS, quota.quota)}` },
      el("code", {}, quota.request_command ?? quota.support_request)),
    quota.request_command && quota.console_url
      ? el("p", {}, "Or in the ", el("a", { href: quota.console_url }, `Service Quotas console, ${quota.quota_code}`), ".") : null]);
  byId("report").replaceChildren(
    hintScroll(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Figures, table" },
      el("table", { class: "figures" }, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, ...rows)))),
    el("p", { class: "detail" }, perRequest(pool)),
    asked(pool.questionnaire),
    ...(pool.questionnaire.warning ? [el("p", { class: "notice" }, pool.questionnaire.warning)] : []),
    commands.length
      ? el("div", {}, ...commands)
      : el("p", {}, "The quotas suffice for what is foreseen, or AWS does not raise them."));
}

/** What AWS Support asks with a request, and the answers. */
function asked({ answers }) {
  return hintScroll(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "What AWS asks, table" },
    el("table", { class: "figures" },
      el("caption", {}, "What AWS asks with a request; steady state is the median of the minutes with traffic"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Question"), el("th", { scope: "col" }, "Answer"))),
      el("tbody", {}, ...answers.map(({ question, answer }) =>
        el("tr", {}, el("th", { scope: "row" }, question), el("td", {}, answer)))))));
}

function perRequest(pool) {
  if (!pool.requests) return "No requests in this time.";
  return `${number(pool.requests)} requests; on average ${unknown(pool.input_tokens_per_request, number)} input, `
    + `${unknown(pool.cache_write_tokens_per_request, number)} cache write and ${unknown(pool.output_tokens_per_request, number)} output tokens each.`;
}
