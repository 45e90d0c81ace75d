// Batch jobs: apart from the pools, because they draw on none of their quotas.

import { byId, el, reconcile, say, set, show } from "./dom.js";
import { clock, number } from "./format.js";
import { QUOTAS, STATUSES, modelParts, word } from "./words.js";

/** Shows the jobs of each Region's models, and where they are not known; nothing where there are none. */
export function showBatch(regions) {
  const models = regions.flatMap(({ account, region, listed_at: at, models: all }) => all.map((model) => ({ account, region, at, ...model })));
  const unknown = regions.filter(({ listed_at: at }) => at === null);
  show(byId("batch"), models.length + unknown.length > 0);
  reconcile(byId("batch-list"), models, ({ account, region, model }) => [account, region, model].join("\n"), makeModel, updateModel);
  reconcile(byId("batch-unknown"), unknown, ({ account, region }) => `${account}\n${region}`, () => el("li"), (node, { account, region, problem }) =>
    say(node, `Not known in ${region} · ${account}: ${problem ?? "not listed yet."}`));
}

function makeModel({ account, region, model }) {
  const [vendor, name, version] = modelParts(model);
  const parts = { quotas: el("div"), statuses: el("p", { class: "detail" }), records: el("p", { class: "detail" }) };
  const node = el("li", {},
    el("h3", {}, el("span", { class: "vendor" }, vendor), name, el("span", { class: "vendor" }, version)),
    el("p", { class: "detail" }, `${region} · ${account}`), ...Object.values(parts));
  node.parts = parts;
  return node;
}

function updateModel(node, model) {
  const { parts } = node;
  const quotas = model.quotas.length ? model.quotas : [{ quota: "batch_jobs", limit: null, usage: model.jobs_in_flight, utilization_ratio: null }];
  reconcile(parts.quotas, quotas, ({ quota }) => quota, makeQuota, updateQuota);
  const statuses = Object.keys(STATUSES).filter((status) => model.jobs[status]);
  say(parts.statuses, `${statuses.map((status) => `${number(model.jobs[status])} ${STATUSES[status]}`).join(", ")}; at ${clock(new Date(model.at))}`);
  say(parts.records, records(model.records_in_flight));
  show(parts.records, parts.records.textContent !== "");
}

function makeQuota() {
  const parts = { used: el("p", { class: "strong" }), bar: el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: "fill" })), full: el("p", { class: "remedy" }) };
  const node = el("div", {}, ...Object.values(parts));
  node.parts = parts;
  return node;
}

function updateQuota(node, { quota, limit, usage, utilization_ratio: ratio, quota_code: code }) {
  const { parts } = node;
  const isFull = ratio !== null && ratio >= 1;
  set(node, "data-level", isFull ? "warning" : "fine");
  set(parts.bar, "data-known", ratio === null ? "no" : "yes");
  parts.bar.firstElementChild.style.inlineSize = `${Math.min(1, ratio ?? 0) * 100}%`;
  say(parts.used, limit === null ? `${number(usage)} jobs in flight, no quota is known`
    : `${number(usage)} of ${number(limit)} ${word(QUOTAS, quota)} in flight`);
  set(parts.used, "title", code ? `Quota ${code}` : null);
  say(parts.full, "The quota is used up: one more job waits, without an error.");
  show(parts.full, isFull);
}

/** Done and waiting, as far as the jobs state it. */
function records({ pending, success, error }) {
  if (pending === null && success === null) return "";
  const done = (success ?? 0) + (error ?? 0);
  const total = done + (pending ?? 0);
  return `Records in flight: ${number(done)} of ${number(total)} done${error ? `, ${number(error)} of them with errors` : ""}`;
}
