// A pool's past as series for charts.

/** What can be looked at: how far back, and in which steps. */
export const RANGES = [
  { name: "1h", words: "1 hour", step: "1m", seconds: 60 },
  { name: "6h", words: "6 hours", step: "2m", seconds: 120 },
  { name: "24h", words: "24 hours", step: "10m", seconds: 600 },
  { name: "7d", words: "7 days", step: "1h", seconds: 3600 },
  { name: "30d", words: "30 days", step: "3h", seconds: 3 * 3600 },
  { name: "90d", words: "90 days", step: "12h", seconds: 12 * 3600 },
  { name: "1y", words: "1 year", step: "1d", seconds: 86400, start: "365d" },
];

export const startOf = (range) => `-${range.start ?? range.name}`;

/** The answer's rows on an even grid of steps; a step without a row is unknown. */
export function grid(answer) {
  const step = answer.step_seconds;
  const start = Date.parse(answer.start) / 1000;
  const count = Math.max(1, Math.ceil((Date.parse(answer.end) / 1000 - start) / step));
  const rows = Array(count).fill(null);
  for (const row of answer.rows) {
    const index = Math.floor((Date.parse(row.start) / 1000 - start) / step);
    if (index >= 0 && index < count) rows[index] = row;
  }
  const times = Array.from({ length: count }, (_, index) => start + index * step);
  return { times, stepSeconds: step, rows, end: Date.parse(answer.end) / 1000 };
}

/** Values of every step; null where the row is missing or says so. */
export const values = (steps, pick) => steps.rows.map((row) => (row === null ? null : pick(row) ?? null));

/** How many of a step's minutes are known; the last step may be shorter. */
function knownMinutes(steps, index) {
  const row = steps.rows[index];
  const end = Math.min(steps.times[index] + steps.stepSeconds, steps.end);
  return ((row.coverage ?? 0) * (end - steps.times[index])) / 60;
}

/** The newest step holds minutes that are not settled and so not covered yet; below this they would distort its mean. */
const ENOUGH = 0.9;

/** A step's sum as the mean of its known minutes. */
export function perMinute(steps, pick) {
  const last = steps.rows.findLastIndex((row) => row !== null);
  return steps.rows.map((row, index) => {
    const sum = row === null ? null : pick(row) ?? null;
    if (sum === null || (index === last && steps.stepSeconds > 60 && !(row.coverage >= ENOUGH))) return null;
    const minutes = knownMinutes(steps, index);
    return minutes > 0 ? sum / minutes : steps.stepSeconds <= 60 ? sum : null;
  });
}

/** The highest minute of each step in the quota's own unit. */
export function peaks(steps, kind) {
  return values(steps, (row) => {
    const quota = row.quotas[kind];
    return quota && quota.peak_ratio !== null && quota.limit !== null ? quota.peak_ratio * quota.limit : null;
  });
}

/** The limit that held in each step, null where nothing is known; none at all without a limit above 0. */
export function limits(steps, kind) {
  const own = values(steps, (row) => row.quotas[kind]?.limit);
  return own.some((limit) => limit > 0) ? own : null;
}

/** Sums on top of each other: each series with the one below as its floor. */
export function stacked(parts) {
  let floor = null;
  return parts.map((part) => {
    const below = floor;
    const tops = part.values.map((value, index) => (value === null ? null : value + (below?.[index] ?? 0)));
    floor = tops;
    return { ...part, values: tops, shown: part.values, floor: below };
  });
}

/** Which steps are known at all. */
export const known = (steps) => steps.rows.map((row) => row !== null && row.coverage !== null && row.coverage > 0);

/** Words on a step that is only partly known. */
export function remark(steps) {
  return (index) => {
    const row = steps.rows[index];
    if (row === null) return "no data: not asked for, or not answered";
    if (!row.coverage) return row.invocations === null ? "no data: not asked for, or not answered" : "not final yet: a lower bound";
    return row.coverage < 0.995 ? `${Math.round(row.coverage * 100)} % of the minutes are known` : null;
  };
}
