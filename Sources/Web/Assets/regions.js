// Regions: health of polling and age of data.

import { byId, el, reconcile, say, set, show } from "./dom.js";
import { regionKey } from "./figures.js";
import { age, healthOf } from "./fresh.js";
import { span } from "./format.js";

/** Shows each account's Regions. */
export function showRegions(status) {
  reconcile(byId("regions"), status.regions, regionKey, makeRegion, (node, region) => updateRegion(node, region, status.settings));
}

function makeRegion(region) {
  const part = (name, type = "p") => el(type, { class: name });
  const parts = { health: part("health"), data: part("detail"), counts: part("detail"), failure: part("failure") };
  const node = el("li", {},
    el("h3", {}, region.region, el("span", { class: "muted" }, ` ${region.account}`)),
    parts.health, parts.data, parts.counts, parts.failure);
  node.parts = parts;
  return node;
}

function updateRegion(node, region, settings) {
  const { parts } = node;
  const health = healthOf(region, settings);
  set(node, "data-health", health.name);
  say(parts.health, health.text);
  say(parts.data, region.newest_datapoint
    ? `Newest data ${age(region.newest_datapoint)} old${lag(region)}, final up to ${region.settled_minute ? `${age(region.settled_minute)} ago` : "no recent minute"}`
    : "No data so far");
  say(parts.counts, counts(region));
  say(parts.failure, region.failure ?? "");
  show(parts.failure, Boolean(region.failure));
}

const lag = ({ delivery_lag_seconds: seconds }) => ((seconds ?? null) === null ? "" : `, delivery lag ${span(seconds)}`);

function counts(region) {
  const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
  return `${many(region.pools, "pool", "pools")}, ${many(region.model_ids, "model ID", "model IDs")}`
    + (region.unmapped ? `, ${region.unmapped} without a quota` : "");
}
