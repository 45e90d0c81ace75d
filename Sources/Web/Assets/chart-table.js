// A chart's figures as a table, for those who cannot see it or want the numbers. Built when it is opened.

import { el, hintScroll } from "./dom.js";
import { moment } from "./format.js";

/** An element that shows what `rows` gives: newest first. */
export function makeTable(title) {
  const body = hintScroll(el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${title}, table` }));
  const details = el("details", { class: "as-table" }, el("summary", {}, "Show as table"), body);
  let current = null;
  const fill = () => {
    if (details.open && current) body.replaceChildren(tableOf(title, current));
  };
  details.addEventListener("toggle", fill);
  return {
    node: details,
    update(data) {
      current = data;
      fill();
    },
  };
}

function tableOf(title, { times, series, format }) {
  const head = el("tr", {}, el("th", { scope: "col" }, "Time"),
    ...series.map((one) => el("th", { scope: "col", class: "number" }, one.label)));
  const rows = times.map((time, index) => el("tr", {},
    el("th", { scope: "row" }, moment(new Date(time * 1000))),
    // Of a stack the figures themselves, not their tops.
    ...series.map(({ values, shown = values }) => el("td", { class: "number" }, shown[index] === null ? "unknown" : format(shown[index])))));
  return el("table", {}, el("caption", { class: "unseen" }, title), el("thead", {}, head), el("tbody", {}, ...rows.reverse()));
}
