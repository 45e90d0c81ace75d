// When a pool throttled, why, and what to do about it.

import { byId, el, hintScroll, say } from "./dom.js";
import { moment, number } from "./format.js";
import { CAUSES, word } from "./words.js";

const SHOWN = 50;

const EMPTY = {
  no_throttles: (range) => `No throttling is known over ${range}.`,
  no_traffic: (range) => `No traffic over ${range}, so nothing was throttled.`,
  no_coverage: (range) => `No minute of ${range} has been read, so it is not known whether anything was throttled.`,
};

hintScroll(byId("throttles"));

/** Shows the answer of `throttles`; null where there was none. */
export function showThrottles(answer, rangeWords) {
  const episodes = answer?.episodes.slice(0, SHOWN) ?? [];
  const hidden = answer ? answer.episodes.length - episodes.length + answer.left_out : 0;
  say(byId("throttles-range"), [
    `Over ${rangeWords}, the newest first.`,
    hidden > 0 ? `${number(hidden)} older episodes are not shown; the command throttles lists them.` : "",
    episodes.some((one) => !one.settled) ? "What is not settled may still change." : "",
  ].filter(Boolean).join(" "));
  byId("throttles").replaceChildren(episodes.length ? table(episodes, rangeWords) : el("p", { class: "muted" }, nothing(answer, rangeWords)));
}

const nothing = (answer, rangeWords) =>
  answer === null ? "The causes of throttling cannot be read now." : (EMPTY[answer.empty] ?? EMPTY.no_throttles)(rangeWords);

function table(episodes, rangeWords) {
  return el("table", { class: "figures throttles" },
    el("caption", {}, `Episodes of throttling over ${rangeWords}`),
    el("thead", {}, el("tr", {}, ...["Began", "Minutes", "Throttles", "Cause", "What shows it, and what to do"].map((name, index) =>
      el("th", { scope: "col", class: index === 1 || index === 2 ? "number" : null }, name)))),
    el("tbody", {}, ...episodes.map(line)));
}

function line(episode) {
  const began = new Date(episode.start);
  return el("tr", { "data-cause": episode.cause },
    el("th", { scope: "row" }, el("time", { datetime: episode.start }, moment(began)), episode.settled ? null : el("span", { class: "detail" }, "not settled")),
    el("td", { class: "number", "data-name": "Minutes" }, number(episode.minutes)),
    el("td", { class: "number", "data-name": "Throttles" }, number(episode.throttles)),
    el("td", {}, el("span", { class: "strong" }, word(CAUSES, episode.cause)), el("span", { class: "detail" }, episode.key_figure)),
    el("td", {}, episode.finding, el("span", { class: "remedy" }, episode.advice)));
}
