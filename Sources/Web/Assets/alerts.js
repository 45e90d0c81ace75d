// Alerts that are pending or firing.

import { byId, el, narrow, reconcile, say, set, show } from "./dom.js";
import { moment } from "./format.js";
import { poolAddress } from "./words.js";

const RANKS = { critical: 0, warning: 1, info: 2 };

/** By state, severity and age; firing ones first. */
function ordered(alerts) {
  const rank = (alert) => (alert.state === "firing" ? 0 : 10) + (RANKS[alert.severity] ?? 5);
  return [...alerts].sort((a, b) => rank(a) - rank(b) || a.since.localeCompare(b.since));
}

const keyOf = (alert) => JSON.stringify([alert.alert, alert.labels]);

/** How many are shown before the rest is folded away: on a phone they would take all of it. */
const open = () => (narrow.matches ? 1 : 4);

/** Alerts without the warnings that a firing critical alert includes; what is counted, here and in `watch`. */
export const distinct = (alerts) => alerts.filter((alert) => !alert.included_in);

/** How many of each severity, the worst first: "2 critical, 1 warning". */
export function severities(alerts) {
  const many = (severity) => alerts.filter((alert) => alert.severity === severity).length;
  return Object.keys(RANKS).filter(many).map((severity) => `${many(severity)} ${severity}`).join(", ");
}

/** Shows alerts, without links where they are all of one pool. */
export function showAlerts(alerts, { linked = true } = {}) {
  const all = ordered(distinct(alerts));
  show(byId("alerts"), all.length > 0);
  const make = (alert) => makeAlert(alert, linked);
  reconcile(byId("alert-list"), all.slice(0, open()), keyOf, make, updateAlert);
  const rest = all.slice(open());
  show(byId("more-alerts"), rest.length > 0);
  say(byId("more-alerts").firstElementChild, `${rest.length} more: ${severities(rest)}`);
  reconcile(byId("more-alert-list"), rest, keyOf, make, updateAlert);
  const hidden = alerts.length - all.length;
  show(byId("included-alerts"), hidden > 0);
  say(byId("included-alerts"), `${hidden === 1 ? "1 warning is" : `${hidden} warnings are`} left out: a critical alert of the same fires.`);
}

function makeAlert({ labels }, linked) {
  const isLink = linked && labels.scope && labels.scope !== "batch" && labels.model;
  const parts = {
    severity: el("span", { class: "severity" }), since: el("span"), next: el("span", { class: "next" }),
    runbook: el("a", { hidden: "" }, "Runbook"),
    summary: isLink ? el("a", { href: poolAddress(labels) }) : el("span"),
  };
  const node = el("li", { class: isLink ? "linked" : null }, el("p", { class: "summary" }, parts.severity, " ", parts.summary), el("p", { class: "detail" }, parts.since, parts.next, " ", parts.runbook));
  node.parts = parts;
  return node;
}

function updateAlert(node, alert) {
  const { parts } = node;
  set(node, "data-severity", alert.severity);
  set(node, "data-state", alert.state);
  say(parts.severity, alert.state === "firing" ? alert.severity : "pending");
  say(parts.summary, alert.annotations?.summary ?? alert.alert);
  say(parts.since, `${alert.alert} since ${moment(new Date(alert.since))}`);
  say(parts.next, alert.annotations?.next_step ? `. ${alert.annotations.next_step}` : "");
  const runbook = alert.annotations?.runbook_url;
  const isAddress = /^https?:\/\//.test(runbook ?? "");
  show(parts.runbook, isAddress);
  set(parts.runbook, "href", isAddress ? runbook : null);
}

/** The alerts of one pool. */
export function alertsOf(alerts, pool) {
  return alerts.filter(({ labels }) =>
    ["account", "region", "scope", "model"].every((name) => labels[name] === pool[name]));
}
