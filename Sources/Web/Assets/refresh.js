// Loads again at the exporter's own pace, rests while nobody looks, and says how fresh the page is.

import { byId, say, set, show } from "./dom.js";
import { clockWithSeconds, span } from "./format.js";

const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 60;

/**
 * Calls `load` at once and again and again; it returns seconds until it wants to be called again. `freshness` says how
 * old the data themselves are, and `redraw` shows them once more when a load failed, because they age meanwhile.
 */
export class Refresher {
  constructor(load, freshness, redraw) {
    Object.assign(this, { load, freshness, redraw });
    this.seconds = 15;
    this.loadedAt = null;
    this.failure = null;
    this.timer = null;
    this.isLoading = false;
    document.addEventListener("visibilitychange", () => this.visibilityChanged());
    setInterval(() => this.tell(), 1000);
  }

  /** Loads now; a load under way is followed by another. */
  async now() {
    if (this.isLoading) {
      this.isWanted = true;
      return;
    }
    clearTimeout(this.timer);
    this.isLoading = true;
    this.isWanted = false;
    try {
      const seconds = await this.load();
      this.seconds = Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, seconds ?? this.seconds));
      this.loadedAt = Date.now();
      this.failure = null;
    } catch (error) {
      this.failure = { message: explain(error), since: this.failure?.since ?? new Date() };
      if (this.loadedAt !== null) this.redraw();
    }
    this.isLoading = false;
    this.tell();
    if (this.isWanted) this.now();
    else if (!document.hidden) this.timer = setTimeout(() => this.now(), this.seconds * 1000);
  }

  visibilityChanged() {
    clearTimeout(this.timer);
    if (document.hidden) return;
    const age = this.loadedAt === null ? Infinity : (Date.now() - this.loadedAt) / 1000;
    if (age >= this.seconds) this.now();
    else this.timer = setTimeout(() => this.now(), (this.seconds - age) * 1000);
  }

  /** Says it each second, in the page's head and, when something is wrong, in a banner. */
  tell() {
    const data = this.loadedAt === null ? null : this.freshness();
    const warning = this.failure ? this.unreachable(data) : data?.warning ?? null;
    show(byId("trouble"), warning !== null);
    if (warning !== null) say(byId("trouble"), warning);
    const state = this.failure ? "bad" : data?.state ?? "loading";
    set(byId("fresh"), "data-state", state);
    set(document.body, "data-fresh", state);
    if (data === null) say(byId("fresh-text"), this.failure ? "Not loaded" : "Loading");
    else say(byId("fresh-text"), `Updated ${span((Date.now() - this.loadedAt) / 1000)} ago · ${data.text}`);
  }

  unreachable(data) {
    const last = data ? ` What is shown is what it said at ${clockWithSeconds(new Date(this.loadedAt))}.` : "";
    return `The exporter cannot be reached since ${clockWithSeconds(this.failure.since)}: ${this.failure.message}.${last}`;
  }
}

function explain(error) {
  if (error.name === "TimeoutError") return "it does not answer in time";
  if (error instanceof TypeError) return "no connection";
  return String(error.message || error);
}
