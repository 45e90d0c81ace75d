// One line of the overview's table.

import { el, reconcile, say, set, show } from "./dom.js";
import { thresholds, trend } from "./figures.js";
import { clock, compact, number, percent } from "./format.js";
import { makeSparkline, updateSparkline } from "./sparkline.js";
import { LIMIT_SOURCES, QUOTAS, RATE_SOURCES, SCOPES, USAGE_SOURCES, givenName, lifecycleWords, modelParts, namedID, poolAddress, word } from "./words.js";

/** An empty row, filled by `updateRow`. */
export function makeRow(item) {
  const parts = {};
  const part = (name, node) => (parts[name] = node);
  const [vendor, name, version] = modelParts(item.pool.model);
  const row = el("tr", { role: "row" },
    el("th", { role: "rowheader", scope: "row", class: "who" },
      el("a", { href: poolAddress(item.pool), class: "model" },
        vendor ? el("span", { class: "vendor" }, vendor) : null, name, version ? el("span", { class: "vendor" }, version) : null),
      el("span", { class: "place" }, `${item.pool.region} · ${word(SCOPES, item.pool.scope)} · ${item.pool.account}`),
      part("users", el("span", { class: "place users" })),
      part("lifecycle", el("span", { class: "badge", "data-severity": "warning", hidden: "" }))),
    cell("Utilization", "use",
      el("span", { class: "ratio-line" },
        part("ratio", el("span", { class: "ratio" })), part("badge", el("span", { class: "badge", hidden: "" }))),
      part("bar", makeBar()),
      part("detail", el("span", { class: "detail" })),
      part("cached", el("span", { class: "detail", hidden: "" }))),
    cell("Used / limit", "limit",
      part("used", el("span", { class: "strong" })), part("quota", el("span", { class: "detail" }))),
    cell("Last 24 h", "day",
      part("spark", makeSparkline()), part("peak", el("span", { class: "detail" }))),
    cell("Throttles 24 h", "number", part("throttles", el("span"))),
    cell("Trend 2 h", "trend", part("trend", el("span"))),
    cell("Figures from", "source", part("source", el("ul", { class: "detail" }))));
  row.parts = parts;
  return row;
}

function cell(name, type, ...children) {
  return el("td", { role: "cell", class: type, "data-name": name }, ...children);
}

function makeBar() {
  return el("span", { class: "bar", "aria-hidden": "true" },
    el("span", { class: "fill" }), el("span", { class: "mark" }), el("span", { class: "tick" }), el("span", { class: "tick" }));
}

/** Fills a row in place. */
export function updateRow(row, item) {
  const { parts } = row;
  const { quota, state, day, settings } = item;
  set(row, "data-level", state.level);
  say(parts.ratio, state.text);
  set(parts.ratio, "title", state.detail);
  updateBadge(parts.badge, item);
  updateBar(parts.bar, quota, thresholds(item.pool, settings));
  say(parts.users, users(item));
  say(parts.lifecycle, lifecycleWords(item.pool.lifecycle));
  show(parts.lifecycle, parts.lifecycle.textContent !== "");
  say(parts.detail, state.detail ?? idle(item));
  show(parts.detail, parts.detail.textContent !== "");
  say(parts.used, usedText(quota, day));
  say(parts.quota, quota ? quotaText(quota) : day?.invocations ? "requests in 24 h" : "");
  say(parts.cached, day?.cache_read_share > 0 ? `${percent(day.cache_read_share)} of input cached, 24 h` : "");
  show(parts.cached, parts.cached.textContent !== "");
  const values = quota ? day?.peak_ratio?.[quota.quota] : null;
  updateSparkline(parts.spark, values, quota ? word(QUOTAS, quota.quota) : "utilization");
  say(parts.peak, peakText(values, item));
  say(parts.throttles, item.trendsLoaded ? countText(day?.throttles) : "…");
  set(parts.throttles, "class", day?.throttles > 0 ? "strong hot" : "muted");
  updateTrend(parts.trend, values, item);
  reconcile(parts.source, quota ? sources(item.pool, quota) : [], (text) => text, (text) => el("li", {}, text), () => {});
}

/** The worst of what the pool is now and of what fires about it, as one below its thresholds may still be throttled; of old figures only that. */
function updateBadge(badge, { alerts, state }) {
  const firing = alerts.filter((alert) => alert.state === "firing").map((alert) => alert.severity);
  const text = ["old", "critical", "warning", "info"].find((word) => state.level === word || firing.includes(word)) ?? "";
  say(badge, text);
  set(badge, "data-severity", text);
  show(badge, text !== "");
}

/** Who uses a pool: the model ID with the largest share of many, or the only one where the pool does not tell it. */
function users({ pool, day }) {
  const { model, model_ids: ids } = pool;
  const named = (id) => namedID(givenName(pool, id), id);
  if (ids.length > 1) return day?.top_model_id ? `mostly ${named(day.top_model_id)}, ${percent(day.top_model_share)}` : `${ids.length} model IDs`;
  return ids.length === 0 || ids[0] === model || ids[0].endsWith(`.${model}`) ? "" : `by ${named(ids[0])}`;
}

/** Fills the bar of a quota, with marks at the thresholds and the peak of the day. */
export function updateBar(bar, quota, settings) {
  const [fill, mark, warning, critical] = bar.children;
  const ratio = quota?.utilization_ratio ?? null;
  const peak = quota?.peak_utilization_ratio?.["24h"] ?? null;
  set(bar, "data-known", ratio === null ? "no" : "yes");
  fill.style.inlineSize = `${Math.min(1, ratio ?? 0) * 100}%`;
  show(mark, peak !== null);
  mark.style.insetInlineStart = `${Math.min(1, peak ?? 0) * 100}%`;
  warning.style.insetInlineStart = `${settings.warning * 100}%`;
  critical.style.insetInlineStart = `${settings.critical * 100}%`;
}

function idle({ quota, day }) {
  if (day && day.invocations === 0) return "no traffic in 24 h";
  if (quota?.usage === 0) return "no traffic in this minute";
  return quota && quota.coverage !== null && quota.coverage < 0.995
    ? `${percent(quota.coverage)} of its minutes known` : "";
}

function usedText(quota, day) {
  if (!quota) return day?.invocations ? compact(day.invocations) : "–";
  const used = quota.usage === null ? "unknown" : compact(quota.usage);
  return `${used} / ${compact(quota.limit)}`;
}

function quotaText(quota) {
  const at = quota.minute ? `, ${clock(new Date(quota.minute))}` : "";
  return `${word(QUOTAS, quota.quota)}${quota.quota === "tokens_per_day" ? " (UTC)" : at}`;
}

function peakText(values, { trendsLoaded }) {
  const known = (values ?? []).filter((value) => value !== null);
  if (known.length) return `peak ${percent(Math.max(...known))}`;
  return trendsLoaded ? "nothing known" : "";
}

const countText = (value) => (value === null || value === undefined ? "unknown" : number(value));

/** A rise that is worth a look. */
const STRONG = 0.05;
const ARROWS = { rising: "↗", falling: "↘", steady: "→" };

function updateTrend(node, values, { trendsLoaded }) {
  const found = trend(values);
  set(node, "class", found ? `trend-${found.word}${found.change >= STRONG ? " strong" : ""}` : "muted");
  if (!found) say(node, trendsLoaded ? "unknown" : "…");
  else if (found.word === "steady") say(node, `${ARROWS.steady} steady`);
  else say(node, `${ARROWS[found.word]} ${found.change > 0 ? "+" : "−"}${(Math.abs(found.change) * 100).toFixed(0)} pts`);
  set(node, "title", found ? `${found.word}: mean of the last two hours against the two before, in points of percent` : null);
}

function sources(pool, quota) {
  const parts = [`Limit: ${word(LIMIT_SOURCES, quota.limit_source)}${quota.quota_code ? ` ${quota.quota_code}` : ""}`];
  if (quota.usage_source) parts.push(`Use: ${word(USAGE_SOURCES, quota.usage_source)}`);
  if (quota.quota.includes("tokens") && pool.burndown_rate !== null) {
    parts.push(`Output × ${number(pool.burndown_rate)}: ${word(RATE_SOURCES, pool.burndown_source)}`);
  }
  return parts;
}
