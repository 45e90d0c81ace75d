// Numbers and times for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const clockTime = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dayMonth = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayMonthYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** 3,500,000; small fractions keep two digits. */
export function number(value) {
  if (value !== 0 && Math.abs(value) < 10 && !Number.isInteger(value)) return String(Number(value.toPrecision(2)));
  return whole.format(value);
}

/** 3.5M. */
export const compact = (value) => short.format(value);

/** 58.3 %, without a digit after the point from 100 % on. */
export function percent(ratio) {
  const value = ratio * 100;
  if (value > 0 && value < 0.05) return "< 0.1 %";
  return `${value >= 99.95 ? whole.format(value) : value.toFixed(1)} %`;
}

/** Seconds as 12 s, 3 min, 2 h or 5 d. */
export function span(seconds) {
  const value = Math.max(0, Math.round(seconds));
  if (value < 90) return `${value} s`;
  if (value < 90 * 60) return `${Math.round(value / 60)} min`;
  if (value < 48 * 3600) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} d`;
}

/** A duration of requests. */
export function seconds(value) {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toPrecision(3)} s`;
}

export const bytes = (value) =>
  value >= 1e9 ? `${(value / 1e9).toFixed(1)} GB` : value >= 1e6 ? `${(value / 1e6).toFixed(1)} MB` : `${whole.format(value / 1e3)} kB`;

export const clock = (date) => clockTime.format(date);
export const clockWithSeconds = (date) => clockSeconds.format(date);
export const day = (date) => dayMonth.format(date);
export const fullDay = (date) => dayMonthYear.format(date);

/** 14:05 today, else with the day. */
export function moment(date, now = new Date()) {
  const sameDay = date.toDateString() === now.toDateString();
  if (sameDay) return clock(date);
  return `${date.getFullYear() === now.getFullYear() ? day(date) : fullDay(date)}, ${clock(date)}`;
}
