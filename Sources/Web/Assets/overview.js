// The page of all pools.

import { alertsOf, distinct, severities, showAlerts } from "./alerts.js";
import { get, getIfThere } from "./api.js";
import { showBatch } from "./batch.js";
import { byId, narrow, reconcile, say, set, show } from "./dom.js";
import { chosen, level, poolKey, ratioOf, regionKey, state, thresholds } from "./figures.js";
import { bytes, clock, number, percent } from "./format.js";
import { freshness, lateness, synchronize } from "./fresh.js";
import { makeRow, updateRow } from "./pool-row.js";
import { Refresher } from "./refresh.js";
import { showRegions } from "./regions.js";
import { showTiles } from "./tiles.js";
import { showUnmapped } from "./unmapped.js";
import { QUOTAS, SCOPES, givenName, namedID, poolWords, word } from "./words.js";

const TRENDS_SECONDS = 60;
/** Pools that are shown at first, and with each wish for more. */
const PAGE = narrow.matches ? 20 : 50;

const data = { status: null, pools: null, alerts: [], trends: null, trendsAt: 0 };
const filter = byId("filter");
const quota = byId("quota");
const sort = byId("sort");
let limit = PAGE;
/** From so many pools or Regions on the exporter orders and cuts, and the page is another. */
const FLEET = { pools: 200, regions: 60 };
let fleet = null;

async function load() {
  if (fleet === null && await isFleet()) await beginFleet();
  if (fleet !== null) {
    const status = await fleet.load();
    return status.ready ? status.settings.poll_interval_seconds : 5;
  }
  const documents = Promise.all([get("status"), get("pools"), getIfThere("alerts")]);
  if (Date.now() - data.trendsAt > TRENDS_SECONDS * 1000) loadTrends();
  const [status, pools, alerts] = await documents;
  Object.assign(data, { status, pools, alerts: alerts?.alerts ?? [] });
  synchronize(status);
  draw();
  return status.ready ? status.settings.poll_interval_seconds : 2;
}

async function isFleet() {
  const known = await getIfThere("fleet", { limit: 0 });
  return known !== null && (known.total.pools > FLEET.pools || known.total.regions > FLEET.regions);
}

async function beginFleet() {
  const { Fleet } = await import("./fleet.js");
  const begun = new Fleet(() => refresher.now(), drawFooter);
  await begun.begin();
  fleet = begun;
}

/** The day's history comes from the store and may take longer; the page does not wait for it. */
async function loadTrends() {
  data.trendsAt = Date.now();
  try {
    const trends = await getIfThere("trends");
    data.trends = new Map((trends?.pools ?? []).map((pool) => [poolKey(pool), pool]));
    if (data.status) draw();
  } catch {
    // The page stays as it is, and the next refresh asks again; that the exporter is away is said by then.
    data.trendsAt = 0;
  }
}

function draw() {
  const items = allItems();
  drawTiles(items);
  drawPools(items);
  showAlerts(data.alerts);
  showRegions(data.status, data.pools.daily_quotas);
  showUnmapped(data.pools.unmapped);
  showBatch(data.pools.batch ?? []);
  drawFooter(data.status);
  set(document.body, "data-drawn", data.trends ? "whole" : "figures");
}

function allItems() {
  const { settings } = data.status;
  const regions = new Map(data.status.regions.map((region) => [regionKey(region), region]));
  return data.pools.pools.map((pool) => {
    const shown = chosen(pool, quota.value, sort.value);
    return {
      pool, quota: shown, settings,
      state: state(shown, pool, regions.get(regionKey(pool)), settings),
      alerts: alertsOf(data.alerts, pool),
      day: data.trends?.get(poolKey(pool)) ?? null,
      trendsLoaded: data.trends !== null,
    };
  });
}

const SCORES = {
  now: (item) => ratioOf(item.quota, "now"),
  "1h": (item) => ratioOf(item.quota, "1h"),
  "24h": (item) => ratioOf(item.quota, "24h"),
  throttles: (item) => item.day?.throttles,
};

/** Rows from which the browser is asked to spare itself those out of sight. */
const MANY = 60;

function drawPools(items) {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (item) => SCORES[sort.value](item) ?? (item.quota?.limit === 0 ? -2 : -1);
  const ofKind = items.filter((item) => item.quota !== null || quota.value === "highest");
  const fitting = ofKind
    .filter((item) => matches(item, words))
    .sort((a, b) => score(b) - score(a) || (ratioOf(b.quota, "24h") ?? -1) - (ratioOf(a.quota, "24h") ?? -1)
      || compareTexts(poolKey(a.pool), poolKey(b.pool)));
  reconcile(byId("pools"), fitting.slice(0, limit), (item) => poolKey(item.pool), makeRow, updateRow);
  const table = document.querySelector("table.pools");
  show(table, fitting.length > 0);
  set(table, "data-many", Math.min(fitting.length, limit) > MANY ? "yes" : null);
  const all = items.length;
  const rest = Math.max(0, fitting.length - limit);
  const count = fitting.length === all ? `${all} pools` : `${fitting.length} of ${all} pools`;
  say(byId("count"), rest ? `${count}, the first ${limit} shown` : count);
  show(byId("more"), rest > 0);
  say(byId("more-pools"), `Show ${Math.min(PAGE, rest)} more`);
  say(byId("all-pools"), `Show all ${fitting.length}`);
  drawEmpty(all, fitting.length, items.length - ofKind.length);
}

/** The first of the rows that come gets the focus, as the button that had it may be gone. */
function showMore(count) {
  const next = byId("pools").children.length;
  limit = count;
  remember();
  byId("pools").children[next]?.querySelector("a").focus();
}

const compareTexts = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function matches({ pool }, words) {
  const text = [pool.account, pool.region, pool.scope, word(SCOPES, pool.scope), pool.model, ...pool.model_ids.map((id) => namedID(givenName(pool, id), id))].join(" ").toLowerCase();
  return words.every((part) => text.includes(part));
}

function drawEmpty(all, shown, withoutKind) {
  const empty = byId("empty");
  show(empty, shown === 0);
  if (shown > 0) return;
  if (all > 0 && withoutKind === all) say(empty, `No pool has a quota of ${word(QUOTAS, quota.value)}.`);
  else if (all > 0) say(empty, "No pool fits the filter.");
  else if (data.status.regions.some((region) => !region.last_successful_poll)) {
    say(empty, data.status.regions.some((region) => region.failure)
      ? "No usage has been read yet, because polling fails: the reason stands above."
      : "Not polled yet: quotas, model IDs and the first minutes are being read. This page fills by itself.");
  } else say(empty, "CloudWatch lists no Bedrock model ID with traffic in the last two weeks, so there is no pool to show.");
}

function drawTiles(items) {
  showTiles([highestTile(items), nearTile(items), alertsTile(), throttlesTile(items), regionsTile()]);
}

const highestOf = (items, figure) => items.reduce((best, item) => (figure(item) > (best ? figure(best) : 0) ? item : best), null);

/** A utilization that is known and not too old. */
const ratioNow = ({ quota: shown, state: { level: name } }) => (name === "old" ? null : shown?.utilization_ratio ?? null);

function highestTile(items) {
  const known = items.filter((item) => ratioNow(item) !== null);
  const top = highestOf(known, ratioNow);
  const name = "Highest utilization";
  if (!known.length) return [name, "unknown", "none", ""];
  return top ? [name, percent(ratioNow(top)), top.state.level, poolWords(top.pool)] : [name, percent(0), "fine", "no traffic"];
}

function nearTile(items) {
  const known = items.filter((item) => ratioNow(item) !== null);
  const over = known.filter((item) => level(ratioNow(item), thresholds(item.pool, item.settings)) !== "fine").length;
  const unknown = items.length - known.length;
  const detail = known.length === 0 ? `${unknown} pools, none known now`
    : `from ${Math.round(data.status.settings.warning * 100)} %, of ${items.length} pools${unknown ? `; ${unknown} not known` : ""}`;
  return ["Near a limit", known.length || !items.length ? String(over) : "unknown", over ? "warning" : "fine", items.length ? detail : ""];
}

function alertsTile() {
  const firing = distinct(data.alerts).filter((alert) => alert.state === "firing");
  const worst = ["critical", "warning"].find((severity) => firing.some((alert) => alert.severity === severity)) ?? "fine";
  return ["Alerts firing", String(firing.length), worst, severities(firing)];
}

function throttlesTile(items) {
  const throttles = (item) => item.day?.throttles ?? null;
  const known = items.filter((item) => throttles(item) !== null);
  const sum = known.reduce((total, item) => total + throttles(item), 0);
  const top = highestOf(known, throttles);
  return ["Throttles in 24 h", known.length ? number(sum) : data.trends ? "unknown" : "…", sum ? "warning" : "fine",
    top ? `${throttles(top) === sum ? "" : "mostly "}${poolWords(top.pool)}` : ""];
}

function regionsTile() {
  const { regions } = data.status;
  const up = regions.filter((region) => region.up).length;
  const failing = regions.some((region) => !region.up && (region.failure || region.last_successful_poll));
  const minutes = regions.map((region) => region.settled_minute).filter(Boolean).sort();
  const late = regions.filter(lateness).map((region) => region.region);
  const detail = late.length ? `late data in ${late.join(", ")}` : minutes.length ? `data of ${clock(new Date(minutes.at(-1)))}` : failing ? "no recent data" : up ? "no data yet" : "not polled yet";
  return ["Regions up", `${up} of ${regions.length}`, failing ? "critical" : late.length ? "warning" : "fine", detail];
}

function drawFooter({ version, settings, storage_size_bytes: size, budget }) {
  const limit = budget.monthly_budget_dollars;
  say(byId("about"), `bedrock-quota-exporter ${version}`
    + `${size === null ? "" : ` · store ${bytes(size)}`} · CloudWatch ${budget.month_cost_dollars.toFixed(2)} USD this month`
    + `${limit === null ? "" : ` of ${limit} USD`}${budget.note === null ? "" : ` · ${budget.note}`}`
    + ` · times are ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
  set(byId("metrics-link"), "href", settings.telemetry_path.slice(1));
}

/** What is chosen stands in the address, so that it can be shared and survives a reload. */
function remember() {
  const chosenParts = new URLSearchParams();
  if (filter.value) chosenParts.set("filter", filter.value);
  if (quota.value !== "highest") chosenParts.set("quota", quota.value);
  if (sort.value !== "now") chosenParts.set("sort", sort.value);
  if (limit !== PAGE) chosenParts.set("shown", limit);
  const query = chosenParts.toString();
  history.replaceState(null, "", query ? `?${query}` : location.pathname);
  if (data.status) draw();
}

function recall() {
  const asked = new URLSearchParams(location.search);
  filter.value = asked.get("filter") ?? "";
  limit = Math.max(PAGE, Number.parseInt(asked.get("shown"), 10) || 0);
  for (const [select, name] of [[quota, "quota"], [sort, "sort"]]) {
    if ([...select.options].some((option) => option.value === asked.get(name))) select.value = asked.get(name);
  }
}

/** Another choice begins with its first pools again. */
function choose() {
  limit = PAGE;
  remember();
}

recall();
filter.addEventListener("input", choose);
quota.addEventListener("change", choose);
sort.addEventListener("change", choose);
byId("more-pools").addEventListener("click", () => showMore(limit + PAGE));
byId("all-pools").addEventListener("click", () => showMore(data.pools.pools.length));
narrow.addEventListener("change", () => data.status && draw());
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  (fleet?.searchField ?? filter).focus();
});
const refresher = new Refresher(load, () => (fleet ? fleet.freshness() : freshness(data.status.regions, data.status.settings)), () => (fleet ?? { draw }).draw());
refresher.now();
