// The quotas of a pool as cards: what is used now, peaks, and where each figure comes from.

import { byId, el, reconcile, say, set, show } from "./dom.js";
import { state, thresholds } from "./figures.js";
import { clock, number, percent } from "./format.js";
import { updateBar } from "./pool-row.js";
import { LIMIT_SOURCES, QUOTAS, RATE_SOURCES, USAGE_SOURCES, title, word } from "./words.js";

/** Shows the quotas of a pool. */
export function showQuotas(pool, region, settings) {
  const order = Object.keys(QUOTAS);
  const quotas = [...pool.quotas].sort((a, b) => order.indexOf(a.quota) - order.indexOf(b.quota));
  reconcile(byId("quotas"), quotas, (quota) => quota.quota, makeCard, (node, quota) => updateCard(node, quota, pool, region, settings));
}

function makeCard(quota) {
  const parts = {
    ratio: el("p", { class: "ratio" }),
    bar: el("span", { class: "bar", "aria-hidden": "true" },
      el("span", { class: "fill" }), el("span", { class: "mark" }), el("span", { class: "tick" }), el("span", { class: "tick" })),
    used: el("p", { class: "strong" }), detail: el("p", { class: "detail" }), peaks: el("p", { class: "detail" }),
    source: el("p", { class: "detail" }),
  };
  const node = el("li", {}, el("h3", {}, title(word(QUOTAS, quota.quota))), ...Object.values(parts));
  node.parts = parts;
  return node;
}

function updateCard(node, quota, pool, region, settings) {
  const { parts } = node;
  const now = state(quota, pool, region, settings);
  set(node, "data-level", now.level);
  say(parts.ratio, now.text);
  updateBar(parts.bar, quota, thresholds(pool, settings));
  const at = quota.quota === "tokens_per_day" ? "since 00:00 UTC" : quota.minute ? `at ${clock(new Date(quota.minute))}` : "";
  say(parts.used, `${quota.usage === null ? "unknown" : number(quota.usage)} of ${number(quota.limit)} ${quota.usage === null ? "" : at}`.trim());
  say(parts.detail, now.detail ?? coverage(quota));
  show(parts.detail, parts.detail.textContent !== "");
  say(parts.peaks, peaks(quota));
  show(parts.peaks, parts.peaks.textContent !== "");
  say(parts.source, sources(quota, pool));
}

function peaks({ peak_utilization_ratio: ratios }) {
  const known = ["5m", "1h", "24h"].filter((window) => ratios[window] !== null);
  return known.length ? `Peaks: ${known.map((window) => `${percent(ratios[window])} in ${window.replace(/(\d+)/, "$1 ")}`).join(", ")}` : "";
}

function coverage(quota) {
  if (quota.coverage === null || quota.coverage >= 0.995) return "";
  return `A lower bound: ${percent(quota.coverage)} of its minutes are known.`;
}

function sources(quota, pool) {
  const parts = [`Limit ${word(LIMIT_SOURCES, quota.limit_source)}${quota.quota_code ? `, code ${quota.quota_code}` : ""}`];
  if (quota.usage_source) parts.push(`use from ${word(USAGE_SOURCES, quota.usage_source)}`);
  if (quota.quota.includes("tokens") && pool.burndown_rate !== null) {
    parts.push(`one output token costs ${number(pool.burndown_rate)} (${word(RATE_SOURCES, pool.burndown_source)})`);
  }
  if (quota.quota === "output_tokens_per_minute" && pool.scope === "mantle") parts.push("when it is reached, answers are cut short without an error");
  if (quota.quota === "tokens_per_minute" && pool.long_context === "not_told_apart") parts.push("calls with a long context have a quota of their own, but CloudWatch does not tell them apart: they are counted here");
  return `${parts.join("; ")}.`;
}
