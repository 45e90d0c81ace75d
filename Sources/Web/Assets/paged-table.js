// A table of which the exporter orders and cuts the rows: a search field, heads that sort, pages. What is chosen stands in the
// address.

import { el, reconcile, say, set, show } from "./dom.js";
import { number } from "./format.js";

/** After the last letter, before it is asked for. */
const TYPING_MILLISECONDS = 250;

export class PagedTable {
  /**
   * - `names`: how search, sort, order and page are called in the address.
   * - `columns`: `{ name, sort, order, number }`, `sort` being the interface's word and `order` the one to begin with.
   * - `size`: rows of a page.
   * - `key`, `make`, `update`: of a row, as `reconcile` takes them.
   * - `changed`: called when something else is chosen.
   */
  constructor({ id, title, hint, names, columns, sort, size, controls = [], key, make, update, changed }) {
    Object.assign(this, { names, columns, standard: sort, size, key, make, update, changed });
    this.heading = el("h2", { id: `${id}-heading`, tabindex: -1 }, title);
    this.count = el("p", { class: "count", role: "status" });
    this.previous = el("button", { type: "button" }, "Previous");
    this.next = el("button", { type: "button" }, "Next");
    this.pages = el("nav", { class: "pages", "aria-label": `Pages: ${title}`, hidden: "" }, this.previous, this.next);
    this.search = el("input", { type: "search", id: `${id}-search`, autocomplete: "off", spellcheck: "false" });
    this.heads = columns.map((column) => this.head(column));
    this.body = el("tbody", { role: "rowgroup", id: `${id}-rows` });
    this.table = el("table", { class: `fleet ${id}`, role: "table", "aria-labelledby": `${id}-heading` },
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...this.heads)), this.body);
    this.empty = el("p", { class: "notice", hidden: "" });
    this.section = el("section", { id, "aria-labelledby": `${id}-heading` },
      el("div", { class: "head" }, this.heading, el("div", { class: "where" }, this.count, this.pages)),
      el("div", { class: "controls", role: "search", "aria-label": title },
        el("label", { class: "field grow" }, el("span", {}, hint), this.search), ...controls),
      this.table, this.empty);
    this.search.addEventListener("input", () => this.typed());
    for (const [button, step] of [[this.previous, -1], [this.next, 1]]) {
      button.addEventListener("click", () => button.hasAttribute("aria-disabled") || this.turn(this.page + step));
    }
  }

  head(column) {
    const button = el("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      const isSame = this.sort === column.sort;
      this.order = isSame ? (this.order === "asc" ? "desc" : "asc") : column.order;
      this.sort = column.sort;
      this.turn(1);
    });
    return el("th", { role: "columnheader", scope: "col", class: column.number ? "number" : null }, button);
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.turn(1), TYPING_MILLISECONDS);
  }

  turn(page) {
    this.page = page;
    this.changed();
  }

  /** Takes what the address names, the usual where it names nothing that there is. */
  recall(asked) {
    const { search, sort, order, page } = this.names;
    this.search.value = asked.get(search) ?? "";
    const column = this.columns.find((one) => one.sort === asked.get(sort)) ?? this.columns.find((one) => one.sort === this.standard);
    this.sort = column.sort;
    this.order = ["asc", "desc"].includes(asked.get(order)) ? asked.get(order) : column.order;
    this.page = Math.max(1, Number.parseInt(asked.get(page), 10) || 1);
  }

  /** Adds what is chosen to the parameters of the address. */
  remember(parts) {
    const { search, sort, order, page } = this.names;
    const column = this.columns.find((one) => one.sort === this.sort);
    if (this.search.value) parts.set(search, this.search.value);
    if (this.sort !== this.standard) parts.set(sort, this.sort);
    if (this.order !== column.order) parts.set(order, this.order);
    if (this.page > 1) parts.set(page, this.page);
  }

  /** What the interface is asked for. */
  get parameters() {
    const search = this.search.value.trim();
    return { search: search || null, sort: this.sort, order: this.order, limit: this.size, offset: (this.page - 1) * this.size };
  }

  /** Shows rows in place; `word` is what they are, such as "pools". False when the page is behind the last one. */
  draw(rows, matched, total, word) {
    const last = Math.max(1, Math.ceil(matched / this.size));
    if (this.page > last) {
      this.page = last;
      return false;
    }
    this.heads.forEach((head, index) => {
      const column = this.columns[index];
      set(head, "aria-sort", column.sort === this.sort ? (this.order === "asc" ? "ascending" : "descending") : null);
    });
    reconcile(this.body, rows, this.key, this.make, this.update);
    const first = (this.page - 1) * this.size + 1;
    const which = `${matched === total ? "" : `${number(matched)} of `}${number(total)} ${word}`;
    say(this.count, matched > this.size ? `${which}, ${number(first)} to ${number(first + rows.length - 1)} shown` : which);
    show(this.pages, matched > this.size);
    // A button that is disabled would lose the focus.
    set(this.previous, "aria-disabled", this.page > 1 ? null : "true");
    set(this.next, "aria-disabled", this.page < last ? null : "true");
    show(this.table, rows.length > 0);
    show(this.empty, rows.length === 0);
    say(this.empty, total ? `None of the ${word} fits.` : `No ${word} so far.`);
    return true;
  }
}

/** A cell, named for where heads are not above it. */
export const cell = (name, type, ...children) => el("td", { role: "cell", class: type, "data-name": name }, ...children);
