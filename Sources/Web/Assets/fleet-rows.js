// Rows of a fleet's tables: pools, accounts, and the quotas nearest to their limits.

import { el, say, set, show } from "./dom.js";
import { chosen, level, ratioOf, state, thresholds } from "./figures.js";
import { clock, compact, number, percent } from "./format.js";
import { age } from "./fresh.js";
import { cell } from "./paged-table.js";
import { updateBar } from "./pool-row.js";
import { QUOTAS, SCOPES, modelParts, poolAddress, word } from "./words.js";

const bar = () => el("span", { class: "bar", "aria-hidden": "true" },
  el("span", { class: "fill" }), el("span", { class: "mark" }), el("span", { class: "tick" }), el("span", { class: "tick" }));

function poolLink(pool) {
  const [vendor, name, version] = modelParts(pool.model);
  return el("a", { href: poolAddress(pool), class: "model" },
    vendor ? el("span", { class: "vendor" }, vendor) : null, name, version ? el("span", { class: "vendor" }, version) : null);
}

/** A link that chooses something on this page, and works as a link where it is opened elsewhere. */
function choice(text, title, address, choose) {
  const link = el("a", { href: `?${new URLSearchParams(address)}`, title }, text);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose();
  });
  return link;
}

const accountLink = (account, choose) => choice(account, `Only ${account}`, { account }, () => choose(account));

const known = (value, show) => (value === null || value === undefined ? "unknown" : show(value));

// Pools

export const POOL_COLUMNS = [
  { name: "Pool", sort: "model", order: "asc" },
  { name: "Account", sort: "account", order: "asc" },
  { name: "Region", sort: "region", order: "asc" },
  { name: "Utilization", sort: "ratio", order: "desc" },
  { name: "Used / limit", sort: "usage", order: "desc" },
  { name: "Peak 24 h", sort: "peak_24h", order: "desc", number: true },
  { name: "Throttles now", sort: "throttles", order: "desc", number: true },
];

export function makePool({ pool, choose }) {
  const parts = {};
  const part = (name, type) => (parts[name] = el("span", { class: type }));
  parts.bar = bar();
  const row = el("tr", { role: "row" },
    el("th", { role: "rowheader", scope: "row", class: "who" }, poolLink(pool), el("span", { class: "place" }, word(SCOPES, pool.scope))),
    cell("Account", "account", accountLink(pool.account, choose)),
    cell("Region", "region", pool.region),
    cell("Utilization", "use", part("ratio", "ratio"), parts.bar, part("detail", "detail")),
    cell("Used / limit", "limit", part("used", "strong"), part("quota", "detail")),
    cell("Peak 24 h", "number", part("peak")),
    cell("Throttles now", "number", part("throttles")));
  row.parts = parts;
  return row;
}

/** `kind` is the quota that was asked for, `window` what it is ordered by. */
export function updatePool(row, { pool, kind, window, settings }) {
  const { parts } = row;
  const quota = chosen(pool, kind, window);
  const now = state(quota, pool, undefined, settings);
  set(row, "data-level", now.level);
  say(parts.ratio, now.text);
  say(parts.detail, now.detail ?? "");
  show(parts.detail, now.detail !== null);
  updateBar(parts.bar, quota, thresholds(pool, settings));
  say(parts.used, quota ? `${known(quota.usage, compact)} / ${compact(quota.limit)}` : "–");
  say(parts.quota, quota ? `${word(QUOTAS, quota.quota)}${quota.minute && quota.quota !== "tokens_per_day" ? `, ${clock(new Date(quota.minute))}` : ""}` : "");
  say(parts.peak, known(quota ? ratioOf(quota, "24h") : null, percent));
  say(parts.throttles, known(pool.recent_throttles, number));
  set(parts.throttles, "class", pool.recent_throttles > 0 ? "strong hot" : "muted");
}

// Accounts

export const ACCOUNT_COLUMNS = [
  { name: "Account", sort: "account", order: "asc" },
  { name: "Nearest limit", sort: "ratio", order: "desc" },
  { name: "Near a limit", sort: "near", order: "desc", number: true },
  { name: "Alerts", sort: "alerts", order: "desc", number: true },
  { name: "Throttles now", sort: "throttles", order: "desc", number: true },
  { name: "Tokens / min", sort: "quota_tokens", order: "desc", number: true },
  { name: "Pools", sort: "pools", order: "desc", number: true },
  { name: "Out of date", sort: "freshness", order: "desc" },
];

export const makeAccount = ({ totals, choose }) => makeTotals(accountLink(totals.account, choose));

function makeTotals(link) {
  const parts = {};
  const part = (name, type) => (parts[name] = el("span", { class: type }));
  parts.bar = bar();
  parts.pool = el("a", {});
  const row = el("tr", { role: "row" },
    el("th", { role: "rowheader", scope: "row", class: "who" }, link, part("members", "place"), part("unmapped", "place")),
    cell("Nearest limit", "use", part("ratio", "ratio"), parts.bar, el("span", { class: "detail" }, parts.pool)),
    cell("Near a limit", "number", part("near")),
    cell("Alerts", "number", part("alerts")),
    cell("Throttles now", "number", part("throttles")),
    cell("Tokens / min", "number", part("tokens")),
    cell("Pools", "number", part("pools")),
    cell("Out of date", "age", part("old"), part("since", "detail")));
  row.parts = parts;
  return row;
}

export function updateAccount(row, { totals, settings }) {
  const { parts } = row;
  const { highest } = totals;
  set(row, "data-level", highest ? level(highest.utilization_ratio, highest) : "none");
  say(parts.ratio, highest ? percent(highest.utilization_ratio) : "Unknown");
  updateBar(parts.bar, highest, highest ?? settings);
  say(parts.pool, highest ? `${modelParts(highest.model)[1]} · ${word(SCOPES, highest.scope)} · ${highest.region}` : "");
  set(parts.pool, "href", highest ? poolAddress(highest) : null);
  say(parts.unmapped, totals.unmapped ? `${totals.unmapped} ${totals.unmapped === 1 ? "model ID" : "model IDs"} without a quota` : "");
  say(parts.members, totals.account === null ? `${number(totals.accounts)} ${totals.accounts === 1 ? "account" : "accounts"}` : "");
  say(parts.near, totals.pools_known || !totals.pools ? number(totals.pools_near) : "unknown");
  const { critical, warning, info } = totals.alerts_firing;
  say(parts.alerts, number(critical + warning + info));
  set(parts.alerts, "class", critical ? "strong hot" : warning ? "strong" : "muted");
  say(parts.throttles, known(totals.recent_throttles, number));
  set(parts.throttles, "class", totals.recent_throttles > 0 ? "strong hot" : "muted");
  say(parts.tokens, known(totals.quota_tokens_per_minute, compact));
  say(parts.pools, number(totals.pools));
  const old = totals.regions - totals.regions_current;
  say(parts.old, old ? `${old} of ${totals.regions} Regions` : `none of ${totals.regions}`);
  set(parts.old, "class", old ? "strong" : "muted");
  say(parts.since, totals.oldest_settled_minute ? `data ${age(totals.oldest_settled_minute)} old` : "no data so far");
}

// Organizational units

/** As rows of accounts; choosing one finds its accounts. */
export const makeUnit = ({ totals: { unit, unit_name: name }, find }) =>
  makeTotals(choice(name ?? unit, `The accounts of ${unit}`, { accounts: unit }, () => find(unit)));

// The nearest

export function makeNearest(use) {
  const parts = { ratio: el("span", { class: "ratio" }), bar: bar(), used: el("span", { class: "detail" }) };
  const node = el("li", {},
    el("p", {}, poolLink(use)),
    el("p", { class: "detail" }, `${use.account} · ${use.region} · ${word(SCOPES, use.scope)}`),
    parts.ratio, parts.bar, parts.used);
  node.parts = parts;
  return node;
}

export function updateNearest(node, use) {
  const { parts } = node;
  set(node, "data-level", level(use.utilization_ratio, use));
  say(parts.ratio, percent(use.utilization_ratio));
  updateBar(parts.bar, use, use);
  say(parts.used, `${known(use.usage, compact)} of ${compact(use.limit)} ${word(QUOTAS, use.quota)}`);
}
