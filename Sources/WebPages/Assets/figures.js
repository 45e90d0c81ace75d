// What can be said of one quota of a pool, with the cases kept apart: a figure, none, not permitted, out of date.

import { percent } from "./format.js";

/** The severity of a utilization. */
export function level(ratio, settings) {
  if (ratio === null || ratio === undefined) return "none";
  return ratio >= settings.critical ? "critical" : ratio >= settings.warning ? "warning" : "fine";
}

/** Level, short text and explanation of a quota's utilization now. `region` is the pool's Region in the status. */
export function state(quota, pool, region, settings) {
  if (!quota) return { level: "none", text: "Limit unknown", detail: "Neither Service Quotas nor the configuration has a limit." };
  if (quota.limit === 0) {
    return { level: "off", text: "Not permitted", detail: "The limit is 0: AWS does not permit this use in this account and Region." };
  }
  if (quota.utilization_ratio !== null) {
    const name = level(quota.utilization_ratio, settings);
    return { level: name, text: percent(quota.utilization_ratio), detail: null };
  }
  if (pool.scope === "mantle") return { level: "none", text: "Not polled", detail: "Usage of the mantle endpoint is not polled." };
  if (region && !region.last_successful_poll) return { level: "none", text: "Not polled yet", detail: "No poll of this Region has ended well so far." };
  if (region && isStale(region, settings)) {
    return { level: "none", text: "Out of date", detail: "The newest figures are too old to be shown as those of now." };
  }
  return { level: "none", text: "Unknown", detail: "The newest settled minute was not answered by CloudWatch." };
}

/** Whether a Region's newest settled minute is too old to be called current. */
export function isStale(region, settings, now = Date.now()) {
  if (!region.settled_minute) return true;
  return now - Date.parse(region.settled_minute) > settings.stale_after_seconds * 1000;
}

/** The quota of a pool that is to be shown: of a kind, or the one used most; null when there is none. */
export function chosen(pool, kind) {
  if (kind !== "highest") return pool.quotas.find((quota) => quota.quota === kind) ?? null;
  const score = (quota) => quota.utilization_ratio ?? (quota.limit === 0 ? -2 : -1);
  const usual = (quota) => (quota.quota === "tokens_per_minute" ? 1 : 0);
  return [...pool.quotas].sort((a, b) => score(b) - score(a) || usual(b) - usual(a))[0] ?? null;
}

const TREND_STEPS = 4;
const STEADY = 0.02;

/** How the mean of the last two hours differs from the two before; null when either is unknown. */
export function trend(values) {
  if (!values || values.length < TREND_STEPS * 2) return null;
  const mean = (part) => {
    const known = part.filter((value) => value !== null);
    return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
  };
  const before = mean(values.slice(-2 * TREND_STEPS, -TREND_STEPS));
  const after = mean(values.slice(-TREND_STEPS));
  if (before === null || after === null) return null;
  const change = after - before;
  const word = Math.abs(change) < STEADY ? "steady" : change > 0 ? "rising" : "falling";
  return { change, word };
}

export const poolKey = ({ account, region, scope, model }) => [account, region, scope, model].join("\n");
export const regionKey = ({ account, region }) => `${account}\n${region}`;
