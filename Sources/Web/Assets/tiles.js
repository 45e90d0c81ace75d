// The few figures at the top of an overview.

import { byId, el, reconcile, say, set } from "./dom.js";

/** Shows tiles, each `[name, value, level, detail]`. */
export function showTiles(tiles) {
  reconcile(byId("tiles"), tiles, ([name]) => name,
    () => el("div", {}, el("dt"), el("dd"), el("dd", { class: "detail" })),
    (node, [name, value, kind, detail]) => {
      set(node, "data-level", kind);
      [name, value, detail].forEach((text, index) => say(node.children[index], text));
    });
}
