// The page of one pool, which the address names.

import { alertsOf, showAlerts } from "./alerts.js";
import { Refusal, get, getIfThere } from "./api.js";
import { TOP, chosenKind, makeCallers } from "./callers.js";
import { byId, el, say, set, show } from "./dom.js";
import { regionKey } from "./figures.js";
import { freshness, synchronize } from "./fresh.js";
import { RANGES, grid, startOf } from "./history.js";
import { makeCharts } from "./pool-charts.js";
import { showQuotas } from "./pool-quotas.js";
import { Refresher } from "./refresh.js";
import { showReport } from "./report.js";
import { showShares } from "./shares.js";
import { showThrottles } from "./throttles.js";
import { SCOPES, lifecycleWords, modelParts, word } from "./words.js";

const REPORT_SECONDS = 900;

const asked = new URLSearchParams(location.search);
const name = Object.fromEntries(["account", "region", "scope", "model"].map((part) => [part, asked.get(part) ?? ""]));
let range = RANGES.find((one) => one.name === asked.get("range")) ?? RANGES[2];
let kind = asked.get("kind");
const updateCharts = makeCharts(byId("charts"));
const updateCallers = makeCallers(chooseKind);
const loaded = { range: null, kind: null, historyAt: 0, reportAt: 0, now: null };

async function load() {
  const [status, pools, alerts] = await Promise.all([get("status"), get("pools"), getIfThere("alerts")]);
  const pool = pools.pools.find((one) => Object.keys(name).every((part) => one[part] === name[part]));
  synchronize(status);
  loaded.now = [status, pool, alertsOf(alerts?.alerts ?? [], name)];
  redraw();
  await loadHistory(pool);
  if (Date.now() - loaded.reportAt > REPORT_SECONDS * 1000) loadReport();
  set(document.body, "data-drawn", "whole");
  return status.settings.poll_interval_seconds;
}

const redraw = () => drawNow(...loaded.now);

/** Of the pool's own Region; without it nothing is polled that could be old. */
function age() {
  const [status] = loaded.now;
  return freshness(status.regions.filter((region) => regionKey(region) === regionKey(name)), status.settings);
}

function drawNow(status, pool, alerts) {
  const region = status.regions.find((one) => regionKey(one) === regionKey(name));
  show(byId("unknown"), !pool);
  if (!pool) {
    say(byId("unknown"), region && !region.last_successful_poll
      ? "This Region has not been polled yet; the past below comes from the store."
      : "No pool of this name is polled now; what the store knows of it is below.");
  }
  drawLifecycle(pool?.lifecycle);
  show(byId("quotas").parentElement, Boolean(pool));
  if (pool) showQuotas(pool, region, status.settings);
  showAlerts(alerts, { linked: false });
  say(byId("about"), `bedrock-quota-exporter ${status.version} · times are ${Intl.DateTimeFormat().resolvedOptions().timeZone}`);
  set(byId("metrics-link"), "href", status.settings.telemetry_path.slice(1));
}

function drawLifecycle(lifecycle) {
  const words = lifecycleWords(lifecycle);
  show(byId("lifecycle"), words !== "");
  say(byId("lifecycle"), `This model is near its end: ${words}.${lifecycle?.status === "legacy" ? " AWS refuses higher quotas for legacy models." : ""}`);
}

/** Long ranges change slowly, so they are read again only once a step or so. */
async function loadHistory(pool) {
  const wanted = range;
  const age = (Date.now() - loaded.historyAt) / 1000;
  if (loaded.range === wanted && loaded.kind === kind && age < Math.min(wanted.seconds / 2, 300) - 1) return;
  const parameters = { ...name, start: startOf(wanted), step: wanted.step };
  try {
    const [usage, latency] = await Promise.all([get("usage", parameters), optional(get("latency", parameters))]);
    const shares = await get("usage", { ...parameters, by: "model_id" });
    const callers = await loadCallers(parameters);
    const throttles = await optional(get("throttles", { ...name, start: startOf(wanted) }));
    if (wanted !== range) return;
    showHistory(true);
    updateCharts(grid(usage), pool ?? { burndown_rate: isWeighed(name.scope) ? 1 : null }, latency);
    showShares(shares.rows, wanted.words, pool);
    show(byId("callers"), callers !== null);
    if (callers) updateCallers(callers, wanted.words);
    showThrottles(throttles, wanted.words);
    Object.assign(loaded, { range: wanted, kind, historyAt: Date.now() });
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 400) throw error;
    showHistory(false);
    say(byId("history-note"), `No history: ${error.message}.`);
  }
}

/** Null where there are none to be had. */
async function loadCallers(parameters) {
  const ask = (one) => optional(get("callers", { ...parameters, kind: one, top: TOP }));
  const answer = await ask(kind ?? "role");
  const fitting = answer && chosenKind(kind, answer.kinds);
  return answer && fitting !== answer.caller_kind ? ask(fitting) : answer;
}

function showHistory(isThere) {
  show(byId("history-note"), !isThere);
  show(byId("charts"), isThere);
  show(byId("shares").parentElement, isThere);
  show(byId("throttles").parentElement, isThere);
  show(byId("report").parentElement, isThere);
}

/** What may be missing without harm to the rest. */
async function optional(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

async function loadReport() {
  loaded.reportAt = Date.now();
  try {
    showReport(await get("report", name));
  } catch (error) {
    // Asked again with the next refresh.
    loaded.reportAt = 0;
    byId("report").replaceChildren(el("p", { class: "muted" }, `No report: ${error.message}.`));
  }
}

function drawTitle() {
  const [vendor, short, version] = modelParts(name.model || "no model named");
  byId("model").replaceChildren(el("span", { class: "vendor" }, vendor), short, el("span", { class: "vendor" }, version));
  say(byId("place"), [name.region, word(SCOPES, name.scope), name.account].filter(Boolean).join(" · "));
  document.title = `${short} in ${name.region} · Bedrock quotas`;
}

function drawRanges() {
  byId("ranges").replaceChildren(...RANGES.map((one) => {
    const button = el("button", { type: "button", "aria-label": one.words, "aria-pressed": String(one === range) }, one.name);
    button.addEventListener("click", () => choose(one, button));
    return button;
  }));
  const csv = new URLSearchParams({ ...name, start: startOf(range), step: range.step, format: "csv" });
  set(byId("usage-link"), "href", `api/v1/usage?${csv}`);
}

function choose(one, button) {
  range = one;
  asked.set("range", one.name);
  history.replaceState(null, "", `?${asked}`);
  for (const other of byId("ranges").children) set(other, "aria-pressed", String(other === button));
  set(document.body, "data-drawn", "loading");
  refresher.now();
}

function chooseKind(one) {
  kind = one;
  asked.set("kind", one);
  history.replaceState(null, "", `?${asked}`);
  set(document.body, "data-drawn", "loading");
  refresher.now();
}

drawTitle();
drawRanges();
const refresher = new Refresher(load, age, redraw);
refresher.now();
