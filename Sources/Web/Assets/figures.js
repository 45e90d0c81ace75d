// What can be said of one quota of a pool, with the cases kept apart: a figure, none, not permitted, out of date.

import { age, isStale } from "./fresh.js";
import { clock, percent } from "./format.js";

/** From which utilizations a pool is said to be near its limit; an exporter of before said it only for all. */
export const thresholds = (pool, settings) => ({ warning: pool.warning ?? settings.warning, critical: pool.critical ?? settings.critical });

/** The severity of a utilization. */
export function level(ratio, { warning, critical }) {
  if (ratio === null || ratio === undefined) return "none";
  return ratio >= critical ? "critical" : ratio >= warning ? "warning" : "fine";
}

/** What a pool without quotas is by the interface's word for it. */
const NO_QUOTA = {
  no_published_quota: { text: "No published quota", detail: "AWS publishes no quota for this model on this endpoint; what it takes depends on its capacity." },
  no_reservation: { text: "No reservation known", detail: "Give its size under quotas.reservations in the configuration: no interface of AWS lists it." },
};

/** Level, short text and explanation of a quota's utilization now. `region` is the pool's Region in the status. */
export function state(quota, pool, region, settings) {
  if (!quota && NO_QUOTA[pool.quota_state]) return { level: "none", ...NO_QUOTA[pool.quota_state] };
  if (!quota) return { level: "none", text: "Limit unknown", detail: "Neither Service Quotas nor the configuration has a limit." };
  if (quota.limit === 0) {
    return { level: "off", text: "Not permitted", detail: "The limit is 0: AWS does not permit this use in this account and Region." };
  }
  if (quota.utilization_ratio !== null) {
    const text = percent(quota.utilization_ratio);
    if (region && isStale(region, settings)) return { level: "old", text, detail: `of ${clock(new Date(quota.minute))}, ${age(quota.minute)} old` };
    return { level: level(quota.utilization_ratio, thresholds(pool, settings)), text, detail: null };
  }
  if (region && !region.last_successful_poll) return { level: "none", text: "Not polled yet", detail: "No poll of this Region has ended well so far." };
  if (region && isStale(region, settings)) {
    const last = region.last_successful_poll;
    return { level: "none", text: "Out of date", detail: `Last read ${age(last)} ago.` };
  }
  return { level: "none", text: "Unknown", detail: "The newest settled minute was not answered by CloudWatch." };
}

/** A quota's utilization now, or its peak in a window, which is what it is now where no longer one is known. */
export const ratioOf = (quota, window) => (window === "now" ? null : quota?.peak_utilization_ratio?.[window]) ?? quota?.utilization_ratio;

/** The quota of a pool that is to be shown: of a kind, or the one used most, now or in a window; null when there is none. */
export function chosen(pool, kind, window = "now") {
  // Where input and output count apart, both are tokens per minute.
  const isKind = ({ quota }) => quota === kind || (kind === "tokens_per_minute" && quota.endsWith("put_tokens_per_minute"));
  const candidates = kind === "highest" ? pool.quotas : pool.quotas.filter(isKind);
  const score = (quota) => ratioOf(quota, window) ?? (quota.limit === 0 ? -2 : -1);
  const usual = (quota) => (quota.quota.endsWith("tokens_per_minute") ? 1 : 0);
  return [...candidates].sort((a, b) => score(b) - score(a) || usual(b) - usual(a))[0] ?? null;
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
