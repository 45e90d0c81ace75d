// A chart over time: SVG with a cursor that pointer and arrow keys move, a legend, and a table of the same figures.

import { areaPath, barPath, gapPath, linePath, stairPath } from "./chart-draw.js";
import { timeMarks, valueMarks } from "./chart-scale.js";
import { makeTable } from "./chart-table.js";
import { el, reconcile, say, set, show, svg } from "./dom.js";
import { moment } from "./format.js";

const HEIGHT = 210;
const MARGIN = { left: 50, right: 6, top: 8, bottom: 24 };
const SHAPES = {
  line: (one, space) => linePath(one.values, space),
  area: (one, space) => areaPath(one.values, one.floor, space),
  stack: (one, space) => areaPath(one.values, one.floor, space),
  bar: (one, space) => barPath(one.values, one.floor, space),
  limit: (one, space) => stairPath(one.values, space),
};

let patterns = 0;

/** One chart. `update` takes times (Unix seconds), step, series and which steps are known. */
export class Chart {
  constructor({ title, description, format, axis }) {
    Object.assign(this, { title, format, axis, data: null, index: null });
    this.pattern = `gap-${(patterns += 1)}`;
    this.build(description);
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  build(description) {
    this.svg = svg("svg", { "aria-hidden": "true", height: HEIGHT, width: "100%" });
    this.layers = Object.fromEntries(["grid", "gaps", "shapes", "labels", "cursor"].map((name) => {
      const layer = svg("g", { class: `layer-${name}` });
      this.svg.append(layer);
      return [name, layer];
    }));
    this.svg.prepend(svg("defs", {}, svg("pattern", { id: this.pattern, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("path", { d: "M0 0V6", class: "hatch" }))));
    this.gaps = svg("path", { fill: `url(#${this.pattern})` });
    this.layers.gaps.append(this.gaps);
    this.line = svg("path", { class: "cursor-line" });
    this.layers.cursor.append(this.line);
    this.tip = el("div", { class: "tip", hidden: "", "aria-hidden": "true" });
    this.plot = el("div", { class: "plot", tabindex: "0", role: "slider", "aria-label": `${this.title}: arrow keys move through time`,
      "aria-orientation": "horizontal", "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0" }, this.svg, this.tip);
    this.legend = el("ul", { class: "legend" });
    this.table = makeTable(this.title);
    this.note = el("p", { class: "notice", hidden: "" });
    this.node = el("figure", { class: "chart" },
      el("figcaption", {}, el("h3", {}, this.title), el("p", { class: "detail" }, description)),
      this.legend, this.note, this.plot, this.table.node);
    this.listen();
  }

  listen() {
    this.plot.addEventListener("pointermove", (event) => this.pointAt(event.clientX));
    this.plot.addEventListener("pointerleave", () => document.activeElement !== this.plot && this.move(null));
    this.plot.addEventListener("focus", () => this.index === null && this.data && this.move(this.data.times.length - 1));
    this.plot.addEventListener("blur", () => this.move(null));
    this.plot.addEventListener("keydown", (event) => this.key(event));
  }

  /** New figures; the cursor stays at its place. */
  update(data) {
    this.data = data;
    const isEmpty = !data.isKnown.some(Boolean);
    show(this.note, isEmpty);
    say(this.note, "Nothing is known of this time.");
    reconcile(this.legend, data.series, (one) => one.label,
      (one) => el("li", {}, el("span", { class: `swatch ${one.type} ${one.color}`, "aria-hidden": "true" }), el("span")),
      (node, one) => say(node.lastChild, one.label));
    set(this.plot, "aria-valuemax", data.times.length - 1);
    if (this.index !== null && this.index >= data.times.length) this.index = data.times.length - 1;
    this.table.update({ ...data, format: this.format });
    this.draw();
  }

  space() {
    const width = this.plot.clientWidth;
    const { times, stepSeconds, series } = this.data;
    const highest = Math.max(0, ...series.flatMap((one) => one.values.filter((value) => value !== null)));
    const { top, marks } = valueMarks(highest);
    const stepWidth = (width - MARGIN.left - MARGIN.right) / times.length;
    const bottom = HEIGHT - MARGIN.bottom;
    return {
      width, marks, stepWidth, top: MARGIN.top, bottom, stepSeconds,
      x: (index) => MARGIN.left + (index + 0.5) * stepWidth,
      y: (value) => bottom - (value / top) * (bottom - MARGIN.top),
    };
  }

  draw() {
    if (!this.data || this.plot.clientWidth === 0) return;
    const space = this.space();
    this.drawn = space;
    set(this.svg, "viewBox", `0 0 ${space.width} ${HEIGHT}`);
    this.drawAxes(space);
    set(this.gaps, "d", gapPath(this.data.isKnown, space));
    reconcile(this.layers.shapes, this.data.series, (one) => one.label,
      (one) => svg("path", { class: `shape ${one.type} ${one.color}` }),
      (node, one) => set(node, "d", SHAPES[one.type](one, space)));
    this.drawCursor();
  }

  drawAxes(space) {
    const { times, stepSeconds } = this.data;
    const end = times.at(-1) + stepSeconds;
    const across = (time) => MARGIN.left + ((time - times[0]) / stepSeconds) * space.stepWidth;
    const room = Math.max(2, Math.floor((space.width - MARGIN.left) / 72));
    const marks = timeMarks(times[0], end, room).filter((mark) => across(mark.time) < space.width - 14);
    reconcile(this.layers.grid, space.marks, (mark) => mark, () => svg("path"),
      (node, mark) => set(node, "d", `M${MARGIN.left} ${space.y(mark).toFixed(1)}H${space.width - MARGIN.right}`));
    const labels = [
      ...space.marks.map((mark) => ({ key: `y${mark}`, x: MARGIN.left - 6, y: space.y(mark) + 4, anchor: "end", text: this.axis(mark) })),
      ...marks.map(({ time, text }) => ({ key: `x${time}`, x: across(time), y: HEIGHT - 6, anchor: "middle", text })),
    ];
    reconcile(this.layers.labels, labels, (label) => label.key, () => svg("text"), (node, label) => {
      set(node, "x", label.x.toFixed(1));
      set(node, "y", label.y.toFixed(1));
      set(node, "text-anchor", label.anchor);
      say(node, label.text);
    });
  }

  // The cursor

  pointAt(clientX) {
    if (!this.drawn) return;
    const left = this.plot.getBoundingClientRect().left;
    const index = Math.floor((clientX - left - MARGIN.left) / this.drawn.stepWidth);
    this.move(Math.min(this.data.times.length - 1, Math.max(0, index)));
  }

  key(event) {
    if (!this.data) return;
    const last = this.data.times.length - 1;
    const page = Math.max(1, Math.round(last / 10));
    const at = this.index ?? last;
    const to = {
      ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - page, PageUp: at + page,
      Home: 0, End: last,
    }[event.key];
    if (event.key === "Escape") this.move(null);
    if (to === undefined) return;
    event.preventDefault();
    this.move(Math.min(last, Math.max(0, to)));
  }

  move(index) {
    if (this.index === index) return;
    this.index = index;
    this.drawCursor();
  }

  drawCursor() {
    const { index } = this;
    show(this.tip, index !== null);
    set(this.line, "d", null);
    if (index === null || !this.drawn) return;
    const x = this.drawn.x(index);
    set(this.line, "d", `M${x.toFixed(1)} ${this.drawn.top}V${this.drawn.bottom}`);
    const when = this.when(index);
    const values = this.data.series.map((one) => [one, one.values[index] === null ? "unknown" : this.format(one.shown ? one.shown[index] : one.values[index])]);
    const extra = this.data.remark?.(index) ?? null;
    this.tip.replaceChildren(el("strong", {}, when),
      ...values.map(([one, text]) => el("span", {}, el("span", { class: `swatch ${one.type} ${one.color}` }), `${one.label}: ${text}`)),
      ...(extra ? [el("span", { class: "detail" }, extra)] : []));
    const isRight = x > this.drawn.width / 2;
    this.tip.style.insetInlineStart = isRight ? "auto" : `${x + 12}px`;
    this.tip.style.insetInlineEnd = isRight ? `${this.drawn.width - x + 12}px` : "auto";
    set(this.plot, "aria-valuenow", index);
    set(this.plot, "aria-valuetext", [when, ...values.map(([one, text]) => `${one.label} ${text}`), extra].filter(Boolean).join(", "));
  }

  when(index) {
    const { times, stepSeconds } = this.data;
    const from = new Date(times[index] * 1000);
    if (stepSeconds <= 60) return moment(from);
    return `${moment(from)} to ${moment(new Date((times[index] + stepSeconds) * 1000), from)}`;
  }
}
