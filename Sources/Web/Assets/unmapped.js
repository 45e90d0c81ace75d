// Model IDs whose traffic no quota can be found for, and what to do about each.

import { byId, el, reconcile, show } from "./dom.js";
import { UNMAPPED, namedID } from "./words.js";

/** Shows them, or nothing when there are none. */
export function showUnmapped(models) {
  show(byId("unmapped"), models.length > 0);
  reconcile(byId("unmapped-list"), models, (model) => JSON.stringify(model), makeModel, () => {});
}

function makeModel({ account, region, model_id: modelID, profile_name: name, reason }) {
  const [why, remedy] = UNMAPPED[reason] ?? [reason, ""];
  return el("li", {},
    el("h3", { class: "id" }, namedID(name, modelID)),
    el("p", { class: "detail" }, `${region} · ${account}`),
    el("p", {}, why),
    remedy ? el("p", { class: "remedy" }, el("strong", {}, "What to do: "), remedy) : null);
}
