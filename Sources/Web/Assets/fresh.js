// How old the data are, by the exporter's clock; the one of this device may be wrong.

import { clock, moment, span } from "./format.js";

/** A difference that the way of an answer explains. */
const TOLERANCE_MILLISECONDS = 3000;

let ahead = 0;

/** Takes the exporter's time out of its status. */
export function synchronize(status) {
  const difference = Date.parse(status.now) - Date.now();
  ahead = Math.abs(difference) > TOLERANCE_MILLISECONDS ? difference : 0;
}

/** Milliseconds since 1970 by the exporter's clock. */
export const exporterNow = () => Date.now() + ahead;

/** How long ago something was. */
export const age = (time) => span((exporterNow() - Date.parse(time)) / 1000);

/** Whether a Region's newest settled minute is too old to be called current, or missing. */
export function isStale(region, settings) {
  if (!region.settled_minute) return true;
  return exporterNow() - Date.parse(region.settled_minute) > settings.stale_after_seconds * 1000;
}

/** CloudWatch's usual delay is a few minutes. */
const LATE_SECONDS = 600;

/** In words, when CloudWatch is later than usual; else null. */
export const lateness = ({ delivery_lag_seconds: lag }) => (lag > LATE_SECONDS ? `CloudWatch delivers late: ${Math.floor(lag / 60)} min` : null);

/** A Region's health: its name and in words. */
export function healthOf(region, settings) {
  if (region.up) {
    const polled = region.last_successful_poll ? `, polled ${age(region.last_successful_poll)} ago` : "";
    const late = lateness(region);
    if (late) return { name: "stale", text: `${late}${polled}` };
    if (!isStale(region, settings)) return { name: "good", text: `Up to date${polled}` };
    return region.pools === 0 && !region.newest_datapoint
      ? { name: "good", text: `No traffic found${polled}` }
      : { name: "stale", text: `Data out of date${polled}` };
  }
  if (!region.last_successful_poll && !region.failure) return { name: "waiting", text: "Not polled yet" };
  return { name: "bad", text: region.last_successful_poll ? `Failing, last good poll ${age(region.last_successful_poll)} ago` : "Failing, no good poll so far" };
}

/** What the page says of the age of its figures: a state, a few words, and a warning when some are too old. */
export function freshness(regions, settings) {
  const old = regions.filter((region) => isStale(region, settings) && ["stale", "bad"].includes(healthOf(region, settings).name));
  const never = regions.filter((region) => region.failure && !region.last_successful_poll && !old.includes(region));
  const minutes = regions.map((region) => region.settled_minute).filter(Boolean).sort();
  if (old.length + never.length === 0) {
    const isWaiting = regions.every((region) => healthOf(region, settings).name === "waiting");
    const text = minutes.length ? `data of ${clock(new Date(minutes.at(-1)))}` : isWaiting ? "not polled yet" : "no traffic found";
    return { state: isWaiting ? "loading" : "good", text, warning: null };
  }
  const isAll = old.length === regions.length;
  const text = isAll ? "data out of date"
    : old.length ? `${old.length} of ${regions.length} Regions out of date` : `${never.length} of ${regions.length} Regions not polled`;
  const lines = [...(old.length ? [ageLine(old, isAll && regions.length > 1)] : []), ...causeLines([...old, ...never])];
  return { state: isAll ? "bad" : "stale", text, warning: lines.join("\n") };
}

/** How many Regions are named in one sentence. */
const NAMED = 3;

function ageLine(old, isAll) {
  const names = [...new Set(old.map((region) => region.region))];
  const where = isAll ? "every Region" : names.length > NAMED ? `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more` : names.join(", ");
  const polls = old.map((region) => region.last_successful_poll).filter(Boolean).sort();
  const last = polls.length ? `last read at ${moment(new Date(polls.at(-1)))}, ${age(polls.at(-1))} ago` : "never read so far";
  return `The figures of ${where} are out of date: ${last}.`;
}

/** Why polling fails, whole, and each reason once: AWS's errors name the Region that was asked, which would keep equal ones apart. */
function causeLines(regions) {
  const byCause = new Map();
  for (const { account, region, failure } of regions.filter((one) => one.failure)) {
    const cause = failure.replace(` in ${region}: `, ": ");
    byCause.set(cause, [...(byCause.get(cause) ?? []), `${region} (${account})`]);
  }
  return [...byCause].map(([cause, names]) => `Polling fails in ${names.join(", ")}: ${cause}`);
}
