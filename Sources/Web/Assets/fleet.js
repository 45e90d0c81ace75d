// The overview of a fleet with more pools than a page: the exporter orders and cuts, here stands what it answers.

import { showAlerts } from "./alerts.js";
import { get } from "./api.js";
import { showBatch } from "./batch.js";
import { byId, el, narrow, reconcile, say, set, show } from "./dom.js";
import { level, poolKey } from "./figures.js";
import { clock, number, percent } from "./format.js";
import { synchronize } from "./fresh.js";
import { ACCOUNT_COLUMNS, POOL_COLUMNS, makeAccount, makeNearest, makePool, makeUnit, updateAccount, updateNearest, updatePool } from "./fleet-rows.js";
import { PagedTable } from "./paged-table.js";
import { showRegions } from "./regions.js";
import { showTiles } from "./tiles.js";
import { showUnmapped } from "./unmapped.js";
import { poolWords } from "./words.js";

const ALERTS = 50;
const ACCOUNTS = 10;
const POOLS = narrow.matches ? 20 : 50;
/** Cards of one account at most: AWS has fewer Regions. */
const REGIONS = 60;

export class Fleet {
  /** `reload` asks for another load, as something else was chosen. */
  constructor(reload, drawFooter) {
    Object.assign(this, { reload, drawFooter });
    this.account = null;
    this.quota = byId("quota").cloneNode(true);
    this.quota.id = "fleet-quota";
    this.chooseAccount = (account) => this.choose(account);
    const changed = () => this.remember();
    this.accounts = new PagedTable({
      id: "accounts", title: "Accounts", hint: "Find accounts by name or Region", sort: "ratio", size: ACCOUNTS, columns: ACCOUNT_COLUMNS,
      names: { search: "accounts", sort: "accounts_sort", order: "accounts_order", page: "accounts_page" },
      key: ({ totals }) => totals.account, make: makeAccount, update: updateAccount, changed,
    });
    this.pools = new PagedTable({
      id: "fleet-pools", title: "Pools", hint: "Find pools by account, Region, scope, model, model ID, profile", sort: "ratio", size: POOLS, columns: POOL_COLUMNS,
      names: { search: "filter", sort: "sort", order: "order", page: "page" },
      controls: [el("label", { class: "field" }, el("span", {}, "Quota"), this.quota)],
      key: ({ pool }) => poolKey(pool), make: makePool, update: updatePool, changed,
    });
    this.pools.search.setAttribute("aria-keyshortcuts", "/");
    this.nearest = el("ol", { class: "nearest" });
    this.nearestSection = el("section", { "aria-labelledby": "nearest-heading" },
      el("h2", { id: "nearest-heading" }, "The ten nearest to their limits"), this.nearest);
    this.units = el("tbody", { role: "rowgroup" });
    this.unitsCount = el("p", { class: "count" });
    this.unitsSection = el("section", { id: "units", "aria-labelledby": "units-heading", hidden: "" },
      el("div", { class: "head" }, el("h2", { id: "units-heading" }, "Organizational units"), this.unitsCount),
      el("table", { class: "fleet accounts units", role: "table", "aria-labelledby": "units-heading" },
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...ACCOUNT_COLUMNS.map(({ name }, index) =>
          el("th", { role: "columnheader", scope: "col" }, index ? name : "Unit")))),
        this.units));
    this.findUnit = (unit) => {
      this.accounts.search.value = unit;
      this.accounts.turn(1);
      this.accounts.heading.focus();
    };
    this.chosen = el("p", { class: "chosen", hidden: "" }, el("span"), el("button", { type: "button" }, "Show all accounts"));
    this.chosen.lastChild.addEventListener("click", () => this.choose(null));
    this.pools.section.children[0].after(this.chosen);
    this.quota.addEventListener("change", () => this.pools.turn(1));
    addEventListener("popstate", () => { this.recall(); this.reload(); });
  }

  /** Takes the place of what the page shows of few pools. */
  async begin() {
    const style = el("link", { rel: "stylesheet", href: "assets/fleet.css" });
    // Without its style the page still tells everything.
    const styled = new Promise((resume) => ["load", "error"].forEach((event) => style.addEventListener(event, resume, { once: true })));
    document.head.append(style);
    await styled;
    const few = byId("few-pools");
    few.before(this.nearestSection, this.unitsSection, this.accounts.section, this.pools.section);
    show(few, false);
    set(document.querySelector(".skip"), "href", "#fleet-pools-heading");
    this.recall();
  }

  get searchField() { return this.pools.search; }

  async load() {
    const kind = this.quota.value === "highest" ? null : this.quota.value;
    const { account } = this;
    const [fleet, pools, alerts, status] = await Promise.all([
      get("fleet", this.accounts.parameters), get("pools", { ...this.pools.parameters, account, quota: kind }),
      get("alerts", { account, limit: ALERTS }), get("status", { account, limit: account === null ? 0 : REGIONS }),
    ]);
    Object.assign(this, { data: { fleet, pools, alerts, status, account } });
    synchronize(status);
    if (!this.draw()) this.reload();
    return status;
  }

  /** False when a page behind the last one was asked for. */
  draw() {
    const { fleet, pools, alerts, status, account } = this.data;
    const { settings } = status;
    this.drawTiles();
    reconcile(this.nearest, fleet.nearest, poolKey, makeNearest, updateNearest);
    show(this.nearestSection, fleet.nearest.length > 0);
    const accounts = this.accounts.draw(
      fleet.accounts.map((totals) => ({ totals, settings, choose: this.chooseAccount })), fleet.accounts_matched, fleet.accounts_total, "accounts");
    const { units, units_total: all } = fleet;
    reconcile(this.units, units.map((totals) => ({ totals, settings, find: this.findUnit })), ({ totals }) => totals.unit, makeUnit, updateAccount);
    say(this.unitsCount, units.length < all ? `The ${units.length} nearest to a limit of ${number(all)}` : `${number(all)} units`);
    show(this.unitsSection, all > 0);
    const window = this.pools.sort === "peak_24h" ? "24h" : "now";
    const rows = pools.pools.map((pool) => ({ pool, kind: this.quota.value, window, settings, choose: this.chooseAccount }));
    const drawn = this.pools.draw(rows, pools.matched, pools.total, "pools");
    show(this.chosen, account !== null);
    say(this.chosen.firstChild, `Account ${account}`);
    showAlerts(alerts.alerts);
    if (alerts.matched > alerts.alerts.length) {
      show(byId("included-alerts"), true);
      say(byId("included-alerts"), `${number(alerts.matched)} alerts are pending or firing; the ${alerts.alerts.length} most urgent are listed.`);
    }
    this.drawAccount();
    this.drawFooter(status);
    set(document.body, "data-drawn", "whole");
    return accounts && drawn;
  }

  /** What would be too much of all accounts is shown of a chosen one. */
  drawAccount() {
    const { pools, status, account } = this.data;
    const isChosen = account !== null;
    show(byId("regions").parentElement, isChosen);
    if (isChosen) showRegions(status, pools.daily_quotas);
    showUnmapped(isChosen ? pools.unmapped : []);
    showBatch(isChosen ? pools.batch : []);
  }

  drawTiles() {
    const { total, nearest, accounts_total: accounts, failing_total: failing } = this.data.fleet;
    const { settings } = this.data.status;
    const top = nearest[0];
    const unknown = total.pools - total.pools_known;
    const { critical, warning, info } = total.alerts_firing;
    const severities = Object.entries({ critical, warning, info }).filter(([, count]) => count).map(([name, count]) => `${number(count)} ${name}`);
    const old = total.regions - total.regions_current;
    const throttles = total.recent_throttles;
    showTiles([
      ["Highest utilization", top ? percent(top.utilization_ratio) : "unknown", top ? level(top.utilization_ratio, top) : "none", top ? `${poolWords(top)}\n${top.account}` : ""],
      ["Near a limit", total.pools_known ? number(total.pools_near) : "unknown", total.pools_near ? "warning" : "fine",
        `from ${Math.round(settings.warning * 100)} %, of ${number(total.pools)} pools${unknown ? `; ${number(unknown)} not known` : ""}`],
      ["Alerts firing", number(critical + warning + info), critical ? "critical" : warning ? "warning" : "fine", severities.join(", ")],
      ["Throttles now", throttles === null ? "unknown" : number(throttles), throttles ? "warning" : "fine", "of the last minutes"],
      ["Regions up", `${number(total.regions_up)} of ${number(total.regions)}`, failing ? "critical" : old ? "warning" : "fine",
        old ? `${number(old)} out of date` : total.newest_settled_minute ? `data of ${clock(new Date(total.newest_settled_minute))}` : "no data yet"],
      ["Accounts", number(accounts), "fine", ""],
    ]);
  }

  /** As `freshness` says it of few Regions. */
  freshness() {
    const { total, failing, failing_total: failures } = this.data.fleet;
    const old = total.regions - total.regions_current;
    const lines = failing.slice(0, 3).map(({ account, region, failure }) => `${account} ${region}: ${failure}`);
    if (failures > lines.length) lines.push(`and ${number(failures - lines.length)} more Regions that fail`);
    if (old === 0 && failures === 0) {
      const minute = total.newest_settled_minute;
      return { state: "good", text: minute ? `data of ${clock(new Date(minute))}` : "no traffic found", warning: null };
    }
    const isAll = old === total.regions;
    const text = old ? `${number(old)} of ${number(total.regions)} Regions out of date` : `${number(failures)} of ${number(total.regions)} Regions failing`;
    // Those that have not been polled yet are neither late nor wrong.
    if (failures === 0 && total.regions_up < total.regions) return { state: "loading", text, warning: null };
    return { state: isAll ? "bad" : "stale", text, warning: [`${text}.`, ...lines].join("\n") };
  }

  choose(account) {
    this.account = account;
    this.pools.page = 1;
    this.remember(true);
    this.pools.heading.focus();
  }

  /** What is chosen stands in the address, so that it can be shared; another account is a step back. */
  remember(isStep = false) {
    const parts = new URLSearchParams();
    if (this.account !== null) parts.set("account", this.account);
    this.pools.remember(parts);
    if (this.quota.value !== "highest") parts.set("quota", this.quota.value);
    this.accounts.remember(parts);
    const address = parts.size ? `?${parts}` : location.pathname;
    history[isStep ? "pushState" : "replaceState"](null, "", address);
    this.reload();
  }

  recall() {
    const asked = new URLSearchParams(location.search);
    this.account = asked.get("account") || null;
    this.pools.recall(asked);
    this.accounts.recall(asked);
    const kind = asked.get("quota");
    this.quota.value = [...this.quota.options].some((option) => option.value === kind) ? kind : "highest";
  }
}
