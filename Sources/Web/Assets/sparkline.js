// A day of a quota's utilization in a few pixels: a line with gaps where nothing is known.

import { set, svg } from "./dom.js";
import { percent } from "./format.js";

const WIDTH = 132;
const HEIGHT = 32;

/** An empty picture. */
export function makeSparkline() {
  const node = svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", width: WIDTH, height: HEIGHT });
  node.append(svg("path", { class: "spark-full" }), svg("path", { class: "spark-area" }), svg("path", { class: "spark-line" }));
  return node;
}

/** Draws peaks of steps, of all pools on one scale that begins with 0; a dashed line marks 100 %. */
export function updateSparkline(node, values, quotaWords) {
  const [full, area, line] = node.children;
  const known = (values ?? []).filter((value) => value !== null);
  set(node, "aria-label", label(known, values, quotaWords));
  if (known.length === 0) {
    for (const path of [full, area, line]) set(path, "d", null);
    return;
  }
  const top = Math.max(1, ...known) * 1.04;
  const x = (index) => ((index / (values.length - 1)) * (WIDTH - 2) + 1).toFixed(1);
  const y = (value) => (HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1);
  set(full, "d", `M0 ${y(1)}H${WIDTH}`);
  const runs = split(values);
  set(line, "d", runs.map((run) => pathOf(run, x, y)).join(""));
  set(area, "d", runs.map((run) => `${pathOf(run, x, y)}L${x(run.at(-1)[0])} ${HEIGHT}L${x(run[0][0])} ${HEIGHT}Z`).join(""));
}

function pathOf(run, x, y) {
  const points = run.map(([index, value]) => `${x(index)} ${y(value)}`);
  return points.length === 1 ? `M${points[0]}h1.5` : `M${points.join("L")}`;
}

/** Stretches of known values, as pairs of index and value. */
function split(values) {
  const runs = [];
  let run = [];
  values.forEach((value, index) => {
    if (value !== null) run.push([index, value]);
    else if (run.length) {
      runs.push(run);
      run = [];
    }
  });
  if (run.length) runs.push(run);
  return runs;
}

function label(known, values, quotaWords) {
  if (known.length === 0) return `${quotaWords} over 24 hours: nothing known`;
  const gaps = known.length < values.length ? ", with gaps" : "";
  return `${quotaWords} over 24 hours: highest minute ${percent(Math.max(...known))}, now ${percent(known.at(-1))}${gaps}`;
}
