// Shapes of a chart as SVG paths. A null is a gap: nothing is drawn there, and no line crosses it.

/** Stretches of indices whose values are known. */
export function runs(values) {
  const found = [];
  let first = null;
  for (let index = 0; index <= values.length; index += 1) {
    const isKnown = index < values.length && values[index] !== null;
    if (isKnown && first === null) first = index;
    if (!isKnown && first !== null) {
      found.push([first, index]);
      first = null;
    }
  }
  return found;
}

const round = (value) => Math.round(value * 10) / 10;

/** A line through the middles of steps. */
export function linePath(values, { x, y, stepWidth }) {
  return runs(values).map(([from, to]) => {
    if (to - from === 1) return `M${round(x(from) - stepWidth / 2)} ${round(y(values[from]))}h${round(Math.max(stepWidth, 2))}`;
    return `M${points(from, to, x, (index) => y(values[index]))}`;
  }).join("");
}

/** The surface between a line and a floor, which is 0 or another line. */
export function areaPath(values, floor, { x, y, stepWidth }) {
  const low = (index) => y(floor ? floor[index] ?? 0 : 0);
  return runs(values).map(([from, to]) => {
    if (to - from === 1) {
      const [left, right] = [round(x(from) - stepWidth / 2), round(x(from) + stepWidth / 2)];
      return `M${left} ${round(y(values[from]))}H${right}V${round(low(from))}H${left}Z`;
    }
    const back = [];
    for (let index = to - 1; index >= from; index -= 1) back.push(`${round(x(index))} ${round(low(index))}`);
    return `M${points(from, to, x, (index) => y(values[index]))}L${back.join("L")}Z`;
  }).join("");
}

function points(from, to, x, height) {
  const all = [];
  for (let index = from; index < to; index += 1) all.push(`${round(x(index))} ${round(height(index))}`);
  return all.join("L");
}

/** A level that holds for whole steps, such as a limit. */
export function stairPath(values, { x, y, stepWidth }) {
  return runs(values).map(([from, to]) => {
    let path = `M${round(x(from) - stepWidth / 2)} ${round(y(values[from]))}`;
    for (let index = from; index < to; index += 1) path += `V${round(y(values[index]))}H${round(x(index) + stepWidth / 2)}`;
    return path;
  }).join("");
}

/** Bars from a floor; a known 0 has none. */
export function barPath(values, floor, { x, y, stepWidth }) {
  const width = Math.max(1, stepWidth * 0.8);
  let path = "";
  values.forEach((value, index) => {
    const base = floor ? floor[index] ?? 0 : 0;
    if (value === null || value <= base) return;
    path += `M${round(x(index) - width / 2)} ${round(y(base))}V${round(Math.min(y(value), y(base) - 1))}h${round(width)}V${round(y(base))}Z`;
  });
  return path;
}

/** The places where nothing is known, as rectangles of full height. */
export function gapPath(isKnown, { x, stepWidth, top, bottom }) {
  return runs(isKnown.map((known) => (known ? null : 1))).map(([from, to]) =>
    `M${round(x(from) - stepWidth / 2)} ${top}H${round(x(to - 1) + stepWidth / 2)}V${bottom}H${round(x(from) - stepWidth / 2)}Z`).join("");
}
