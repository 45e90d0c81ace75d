// Regions: health of polling and age of data.

import { byId, el, reconcile, say, set, show } from "./dom.js";
import { isStale, regionKey } from "./figures.js";
import { span } from "./format.js";

/** Shows each account's Regions. */
export function showRegions(status) {
  const now = Date.now();
  reconcile(byId("regions"), status.regions, regionKey, makeRegion, (node, region) =>
    updateRegion(node, region, status.settings, now));
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

function updateRegion(node, region, settings, now) {
  const { parts } = node;
  const health = healthOf(region, settings, now);
  set(node, "data-health", health.name);
  say(parts.health, health.text);
  say(parts.data, region.newest_datapoint
    ? `Newest data ${age(region.newest_datapoint, now)} old, final up to ${region.settled_minute ? `${age(region.settled_minute, now)} ago` : "no recent minute"}`
    : "No data so far");
  say(parts.counts, counts(region));
  say(parts.failure, region.failure ?? "");
  show(parts.failure, Boolean(region.failure));
}

function healthOf(region, settings, now) {
  if (region.up) {
    const polled = region.last_successful_poll ? `, polled ${age(region.last_successful_poll, now)} ago` : "";
    if (region.settled_minute && !isStale(region, settings, now)) return { name: "good", text: `Up to date${polled}` };
    return region.pools === 0 && !region.newest_datapoint
      ? { name: "good", text: `No traffic found${polled}` }
      : { name: "stale", text: `Data out of date${polled}` };
  }
  if (!region.last_successful_poll && !region.failure) return { name: "waiting", text: "Not polled yet" };
  return { name: "bad", text: region.last_successful_poll ? `Failing, last good poll ${age(region.last_successful_poll, now)} ago` : "Failing, no good poll so far" };
}

function counts(region) {
  const many = (count, one, more) => `${count} ${count === 1 ? one : more}`;
  return `${many(region.pools, "pool", "pools")}, ${many(region.model_ids, "model ID", "model IDs")}`
    + (region.unmapped ? `, ${region.unmapped} without a quota` : "");
}

const age = (time, now) => span((now - Date.parse(time)) / 1000);
