// Which model IDs use a pool, by their share of its quota tokens.

import { byId, el, hintScroll } from "./dom.js";
import { number, percent } from "./format.js";

const METRICS = ["invocations", "input_tokens", "cache_write_input_tokens", "output_tokens", "quota_tokens", "throttles"];

hintScroll(byId("shares"));

/** Adds up an answer's rows by model ID; what is not known in a row adds nothing. */
export function totals(rows) {
  const byID = new Map();
  for (const row of rows) {
    const sum = byID.get(row.model_id) ?? { modelID: row.model_id, isKnown: false };
    for (const metric of METRICS) {
      if (row[metric] === null) continue;
      sum[metric] = (sum[metric] ?? 0) + row[metric];
      sum.isKnown = true;
    }
    byID.set(row.model_id, sum);
  }
  return [...byID.values()].sort((a, b) => (b.quota_tokens ?? -1) - (a.quota_tokens ?? -1));
}

/** Shows the shares of a range. */
export function showShares(rows, rangeWords) {
  const all = totals(rows);
  const whole = all.reduce((sum, one) => sum + (one.quota_tokens ?? 0), 0);
  const head = ["Model ID", "Share", "Requests", "Input", "Cache write", "Output", "Quota tokens", "Throttles"];
  const table = el("table", { class: "figures" },
    el("caption", {}, `Model IDs by their share of quota tokens over ${rangeWords}`),
    el("thead", {}, el("tr", {}, ...head.map((name, index) => el("th", { scope: "col", class: index > 1 ? "number" : null }, name)))),
    el("tbody", {}, ...all.map((one) => line(one, whole))));
  byId("shares").replaceChildren(all.length ? table : el("p", { class: "muted" }, "Nothing is known of this time."));
}

function line(one, whole) {
  const share = whole > 0 ? (one.quota_tokens ?? 0) / whole : null;
  const fill = el("span", { class: "fill" });
  fill.style.inlineSize = `${(share ?? 0) * 100}%`;
  return el("tr", {},
    el("th", { scope: "row", class: "id" }, one.modelID),
    el("td", { class: "share" }, el("span", {}, share === null ? "no traffic" : percent(share)), el("span", { class: "bar", "aria-hidden": "true" }, fill)),
    ...METRICS.map((metric) => el("td", { class: "number" }, one[metric] === undefined ? "unknown" : number(one[metric]))));
}
