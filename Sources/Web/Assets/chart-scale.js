// Axes: round numbers upwards, round times sideways.

import { clock, day } from "./format.js";

/** A top for the axis and its marks, 3 to 6 of them, beginning with 0. */
export function valueMarks(highest) {
  if (!(highest > 0)) return { top: 1, marks: [0, 1] };
  const power = 10 ** Math.floor(Math.log10(highest / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => highest / size <= 5);
  const count = Math.ceil(highest / step - 1e-9);
  return { top: count * step, marks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const STEPS = [MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY,
  2 * DAY, 7 * DAY, 14 * DAY];

/** Times for marks, as many as there is room for, with their texts. Local midnights where days are marked. */
export function timeMarks(start, end, room) {
  const span = end - start;
  const step = STEPS.find((size) => span / size <= room);
  if (!step) return months(start, end, room);
  const text = step < DAY ? (date) => (isMidnight(date) ? day(date) : clock(date)) : day;
  const marks = [];
  const first = new Date(start * 1000);
  first.setHours(0, 0, 0, 0);
  for (let time = first.getTime() / 1000; time <= end && marks.length <= room + 1; time = next(time, step)) {
    if (time >= start) marks.push({ time, text: text(new Date(time * 1000)) });
    if (time < start - step) time += Math.max(0, Math.floor((start - time) / step) - 1) * step;
  }
  return marks;
}

/** Days are counted by the calendar, because one in spring has 23 hours. */
function next(time, step) {
  if (step < DAY) return time + step;
  const date = new Date(time * 1000);
  date.setDate(date.getDate() + step / DAY);
  return date.getTime() / 1000;
}

function months(start, end, room) {
  const all = [];
  const date = new Date(start * 1000);
  date.setDate(1);
  date.setHours(0, 0, 0, 0);
  for (; date.getTime() / 1000 <= end; date.setMonth(date.getMonth() + 1)) {
    if (date.getTime() / 1000 >= start) all.push({ time: date.getTime() / 1000, text: day(date) });
  }
  const every = Math.ceil(all.length / room);
  return all.filter((_, index) => index % every === 0);
}

const isMidnight = (date) => date.getHours() === 0 && date.getMinutes() === 0;
