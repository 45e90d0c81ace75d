// Loads again at the exporter's own pace, rests while nobody looks, and says how fresh the page is.

import { byId, say, set, show } from "./dom.js";
import { clockWithSeconds, span } from "./format.js";

const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 60;

/** Calls `load` at once and again and again; it returns seconds until it wants to be called again. */
export class Refresher {
  constructor(load) {
    this.load = load;
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

  tell() {
    const banner = byId("unreachable");
    show(banner, this.failure !== null);
    set(byId("fresh"), "data-state", this.failure ? "bad" : this.loadedAt ? "good" : "loading");
    if (this.failure) {
      const last = this.loadedAt ? ` Figures are those of ${clockWithSeconds(new Date(this.loadedAt))}.` : "";
      say(banner, `The exporter cannot be reached since ${clockWithSeconds(this.failure.since)}: ${this.failure.message}.${last}`);
    }
    if (this.loadedAt !== null) say(byId("fresh-text"), `Updated ${span((Date.now() - this.loadedAt) / 1000)} ago`);
    else say(byId("fresh-text"), this.failure ? "Not loaded" : "Loading");
  }
}

function explain(error) {
  if (error.name === "TimeoutError") return "it does not answer in time";
  if (error instanceof TypeError) return "no connection";
  return String(error.message || error);
}
