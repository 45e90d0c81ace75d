// Which model IDs use a pool, by their share of its quota tokens, and what the prompt cache spares it.

import { byId, el, hintScroll, say } from "./dom.js";
import { number, percent } from "./format.js";
import { givenName } from "./words.js";

const METRICS = ["invocations", "input_tokens", "cache_write_input_tokens", "output_tokens", "quota_tokens", "throttles"];
const INPUT = ["input_tokens", "cache_read_input_tokens", "cache_write_input_tokens"];

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
    // Null where nobody has asked for cache reads: then their share of the input is not known either.
    if (row.cache_saved_quota_tokens !== null) {
      sum.saved = (sum.saved ?? 0) + row.cache_saved_quota_tokens;
      sum.cachedInput = (sum.cachedInput ?? 0) + INPUT.reduce((all, metric) => all + (row[metric] ?? 0), 0);
    }
    byID.set(row.model_id, sum);
  }
  return [...byID.values()].sort((a, b) => (weight(b) ?? -1) - (weight(a) ?? -1));
}

/** What shares are made of: quota tokens, or all tokens where none are weighed. */
const weight = (one) => one.quota_tokens ?? (one.input_tokens === undefined ? undefined : one.input_tokens + (one.output_tokens ?? 0));

/** Shows the shares of a range; a pool that is polled now tells names. */
export function showShares(rows, rangeWords, pool) {
  const all = totals(rows);
  const whole = all.reduce((sum, one) => sum + (weight(one) ?? 0), 0);
  const head = ["Model ID", "Share", "Requests", "Input", "Cache write", "Output", "Quota tokens", "Throttles", "Input from cache", "Kept off the pool"];
  const table = el("table", { class: "figures" },
    el("caption", {}, `Model IDs by their share of quota tokens over ${rangeWords}`),
    el("thead", {}, el("tr", {}, ...head.map((name, index) => el("th", { scope: "col", class: index > 1 ? "number" : null }, name)))),
    el("tbody", {}, ...all.map((one) => line(one, whole, givenName(pool, one.modelID)))));
  byId("shares").replaceChildren(all.length ? table : el("p", { class: "muted" }, "Nothing is known of this time."));
  say(byId("cached"), cacheWords(all, rangeWords));
}

/** What the prompt cache did for the pool; model IDs that have no figures of it read nothing as far as is known. */
function cacheWords(all, rangeWords) {
  const known = all.filter((one) => one.saved !== undefined);
  if (known.length === 0) return "Prompt cache: CloudWatch has shown no cache reads of this pool, so they are not asked for.";
  const saved = known.reduce((sum, one) => sum + one.saved, 0);
  const input = all.reduce((sum, one) => sum + (one.cachedInput ?? (one.input_tokens ?? 0) + (one.cache_write_input_tokens ?? 0)), 0);
  if (input === 0) return `Prompt cache: no input over ${rangeWords}.`;
  return `Prompt cache: ${percent(saved / input)} of the input over ${rangeWords} was read from it, which kept ${number(saved)} quota tokens off the pool.`;
}

const cachedShare = ({ saved, cachedInput }) => (saved === undefined ? "unknown" : cachedInput > 0 ? percent(saved / cachedInput) : "no input");

function line(one, whole, name) {
  const share = whole > 0 ? (weight(one) ?? 0) / whole : null;
  const fill = el("span", { class: "fill" });
  fill.style.inlineSize = `${(share ?? 0) * 100}%`;
  return el("tr", {},
    el("th", { scope: "row", class: "id" }, name ?? one.modelID, name ? el("span", { class: "detail" }, one.modelID) : null),
    el("td", { class: "share" }, el("span", {}, share === null ? "no traffic" : percent(share)), el("span", { class: "bar", "aria-hidden": "true" }, fill)),
    ...METRICS.map((metric) => el("td", { class: "number" }, one[metric] === undefined ? "unknown" : number(one[metric]))),
    el("td", { class: "number" }, cachedShare(one)),
    el("td", { class: "number" }, one.saved === undefined ? "unknown" : number(one.saved)));
}
