// Regions: health of polling and age of data.

import { byId, el, reconcile, say, set, show } from "./dom.js";
import { regionKey } from "./figures.js";
import { age, healthOf } from "./fresh.js";
import { number, span } from "./format.js";

/** Shows each account's Regions, with the daily quotas that all models of one share. */
export function showRegions(status, dailyQuotas = []) {
  const daily = new Map(dailyQuotas.map((quota) => [regionKey(quota), quota]));
  reconcile(byId("regions"), status.regions, regionKey, makeRegion,
    (node, region) => updateRegion(node, region, status.settings, daily.get(regionKey(region))));
}

function makeRegion(region) {
  const part = (name, type = "p") => el(type, { class: name });
  const parts = { health: part("health"), data: part("detail"), counts: part("detail"), daily: part("detail"), basis: part("detail"), failure: part("failure") };
  const node = el("li", {},
    el("h3", {}, region.region, el("span", { class: "muted" }, ` ${region.account}`)),
    parts.health, parts.data, parts.counts, parts.daily, parts.basis, parts.failure);
  node.parts = parts;
  return node;
}

function updateRegion(node, region, settings, daily) {
  const { parts } = node;
  const health = healthOf(region, settings);
  set(node, "data-health", health.name);
  say(parts.health, health.text);
  say(parts.data, region.newest_datapoint
    ? `Newest data ${age(region.newest_datapoint)} old${lag(region)}, final up to ${region.settled_minute ? `${age(region.settled_minute)} ago` : "no recent minute"}`
    : region.idle ? "No traffic: nothing but CloudWatch's list of metrics is read" : "No data so far");
  say(parts.counts, counts(region));
  say(parts.daily, daily ? dailyWords(daily) : "");
  show(parts.daily, Boolean(daily));
  say(parts.basis, basisWords(region.basis));
  show(parts.basis, Boolean(region.basis?.monitoring_account));
  say(parts.failure, region.failure ?? "");
  show(parts.failure, Boolean(region.failure));
}

const lag = ({ delivery_lag_seconds: seconds }) => ((seconds ?? null) === null ? "" : `, delivery lag ${span(seconds)}`);

/** No ratio: how AWS counts the use of this quota is not documented. */
function dailyWords({ limit, usage_lower_bound: used }) {
  return `All models share ${number(limit)} tokens a day; ${used === null ? "their use is unknown" : `at least ${number(used)} since 00:00 UTC`}, accounting unknown`;
}

/** What figures rest on where the account's metrics are read through another one. */
function basisWords(basis) {
  if (!basis?.monitoring_account) return "";
  const limits = { account: "limits are the account's own", aws_defaults: "limits are AWS's defaults", unknown: "limits are unknown" };
  return `Metrics through ${basis.monitoring_account}; ${limits[basis.limits]}${basis.role_problem ? `: ${basis.role_problem}` : ""}`;
}

function counts(region) {
  const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
  return `${many(region.pools, "pool", "pools")}, ${many(region.model_ids, "model ID", "model IDs")}`
    + (region.unmapped ? `, ${region.unmapped} without a quota` : "");
}
