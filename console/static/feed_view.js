/** What the Feed shows: what is new, days with their rows, and what goes wrong. */

import { arrange, el, foreign, icon, isFree } from "./dom.js";
import { row } from "./engagement.js";
import { Choices } from "./feed_choices.js";
import { empty } from "./feed_empty.js";
import { fold } from "./fold.js";
import { dayOf, heading, keepFresh, timeNode } from "./time.js";
import { t } from "./words.js";

const SKELETONS = 4;
const UNTRACKED = 50; // the API tells of the newest 50 only: there may be more than so many

/** @typedef {import("./fold.js").Group} Group */
/** @typedef {import("./feed.js").Feed} Model */

export class View {
  /** @param {Element} root @param {Model} feed */
  constructor(root, feed) {
    this.feed = feed;
    this.options = feed.options;
    this.choices = new Choices(feed);
    this.ways = {
      only: this.options.filters ? this.only.bind(this) : undefined,
      ...this.options.ways,
    };
    /** @type {Map<string, {node: HTMLLIElement, sign: string}>} */
    this.rows = new Map();
    /** @type {Map<string, {node: HTMLElement, list: HTMLElement}>} */
    this.days = new Map();
    this.fresh = el("div", { class: "news" });
    this.notice = el("div");
    this.left = el("div");
    this.list = el("div", { class: "days", tabindex: -1 });
    this.foot = el("p", { class: "more" });
    // Made once, so that a new answer does not take the focus away from them.
    this.button = el("button", { type: "button", onclick: this.older.bind(this) }, t("feed.older"));
    this.shower = el("button", {
      type: "button",
      class: "primary",
      onclick: this.showNew.bind(this),
    });
    this.told = "";
    this.status = el("p", { class: "hidden", role: "status" });
    const around = [this.choices.node, this.fresh, this.notice, this.left, this.list, this.foot];
    root.replaceChildren(...around, this.status);
    this.end = keepFresh(this.list);
    if (this.options.filters) this.choices.show();
  }

  busy() {
    this.list.setAttribute("aria-busy", "true");
    this.hold();
    if (this.options.filters) this.choices.show();
  }

  /** Let nobody ask for older ones; not by `disabled`, which would take the focus. */
  hold() {
    this.button.setAttribute("aria-disabled", "true");
  }

  idle() {
    this.list.removeAttribute("aria-busy");
    this.button.removeAttribute("aria-disabled");
  }

  /** Grey lines where rows will be; only when the answer takes its time. */
  skeleton() {
    const rows = Array.from({ length: SKELETONS }, () => el("div", { class: "row skeleton" }));
    this.rows.clear();
    this.days.clear();
    this.calm();
    this.change(() => {
      this.foot.replaceChildren();
      this.list.replaceChildren(el("div", { class: "rows", "aria-hidden": true }, ...rows));
    });
    this.say(t("feed.loading"));
  }

  show() {
    this.calm();
    const groups = fold(this.feed.items);
    this.change(() => {
      if (groups.length) this.showDays(groups);
      else this.list.replaceChildren(empty(this.feed));
      if (!this.feed.next) this.button.remove();
      else if (!this.button.isConnected) this.foot.replaceChildren(this.button);
    });
  }

  /**
   * Change what is shown. A focus that goes with it comes to the same of its row, as it is now; from
   * the button below, to the row that was the last; else to the list.
   * @param {() => void} make
   */
  change(make) {
    const focused = document.hasFocus() ? document.activeElement : null;
    const last = this.list.querySelector(".day:last-child .engagement:last-child");
    const row = focused === this.button ? last : focused?.closest(".engagement");
    make();
    if (!focused || focused.isConnected) return;
    const now = row && document.getElementById(row.id);
    const same = now?.querySelector(`${focused.localName}[class="${focused.className}"]`);
    const place = same ?? now?.querySelector("summary") ?? this.list;
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
  }

  /** Say it to who cannot see it. @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /**
   * So many wait to be shown; `isMore` when there may be even more.
   * @param {number} count
   * @param {boolean} isMore
   */
  news(count, isMore) {
    if (!count) {
      this.change(() => this.fresh.replaceChildren());
      return;
    }
    const isPage = isMore && count === this.feed.waiting?.items.length;
    const text = t(isPage ? "feed.new_or_more" : "feed.new", { n: count });
    if (this.fresh.textContent === text) return;
    this.shower.replaceChildren(icon("up"), text);
    if (!this.shower.isConnected) this.fresh.replaceChildren(this.shower);
    this.say(text);
  }

  /** What went wrong; without any row it takes their place. @param {import("./api.js").ApiError} error @param {boolean} isEmpty */
  trouble(error, isEmpty) {
    if (isEmpty) {
      this.change(() => {
        this.list.replaceChildren();
        this.foot.replaceChildren();
      });
    }
    if (this.told === error.trouble) return;
    this.told = error.trouble;
    const looks = error.trouble === "offline" ? "warn" : "bad";
    const signin = this.options.signinAddress;
    const way =
      error.trouble === "signed_out" && signin
        ? el("a", { class: "button", href: signin }, t("feed.sign_in"))
        : el("button", { type: "button", onclick: () => this.feed.load() }, t("feed.retry"));
    const hadFocus = this.notice.contains(document.activeElement);
    this.notice.replaceChildren(
      el(
        "div",
        { class: `message ${looks}` },
        el("p", { class: "strong" }, t(`feed.trouble_${error.trouble}`)),
        el("p", {}, t(`feed.trouble_${error.trouble}_do`)),
        el("p", {}, way),
      ),
    );
    if (hadFocus) way.focus();
    this.say(t(`feed.trouble_${error.trouble}`));
  }

  /** @param {{subject: string, sent_at: string, reason: string}[]} mails */
  untracked(mails) {
    if (!mails.length) return;
    const rows = mails.map((mail) =>
      el(
        "li",
        { class: "row" },
        foreign(mail.subject || t("common.no_subject"), "who"),
        " ",
        timeNode(mail.sent_at),
        el("p", { class: "hint" }, t(`reasons.${mail.reason}`)),
      ),
    );
    const n = mails.length;
    const said = n < UNTRACKED ? t("feed.untracked", { n }) : t("feed.untracked_many", { n });
    const list = el("ol", { class: "rows" }, ...rows);
    this.left.replaceChildren(el("details", {}, el("summary", {}, said), list));
  }

  calm() {
    this.told = "";
    this.change(() => this.notice.replaceChildren());
  }

  /** @param {Group[]} groups */
  showDays(groups) {
    const seen = new Set();
    /** @type {Map<string, HTMLElement[]>} */
    const byDay = new Map();
    for (const group of groups) {
      const day = dayOf(new Date(group.lead.occurred_at));
      byDay.set(day, [...(byDay.get(day) ?? []), this.row(group)]);
      seen.add(group.lead.id);
    }
    for (const id of this.rows.keys()) if (!seen.has(id)) this.rows.delete(id);
    for (const day of this.days.keys()) if (!byDay.has(day)) this.days.delete(day);
    const sections = [...byDay].map(([day, rows]) => this.day(day, rows, groups));
    arrange(this.list, sections);
  }

  /** @param {string} key @param {HTMLElement[]} rows @param {Group[]} groups */
  day(key, rows, groups) {
    const first = groups.find((group) => dayOf(new Date(group.lead.occurred_at)) === key);
    const title = heading(new Date(first?.lead.occurred_at ?? 0));
    let day = this.days.get(key);
    if (!day) {
      const list = el("ol", { class: "rows" });
      day = { node: el("section", { class: "day" }, el("h2", {}, title), list), list };
      this.days.set(key, day);
    }
    const words = day.node.firstElementChild;
    if (words && words.textContent !== title) words.textContent = title; // it became yesterday
    day.node.setAttribute("aria-label", title);
    arrange(day.list, rows);
    return day.node;
  }

  /** The group's row, made anew only when it changed. @param {Group} group */
  row(group) {
    const id = group.lead.id;
    const isUnread = [...group.same, ...group.opens].some((item) => this.feed.fresh.has(item.id));
    const sign = JSON.stringify([group, isUnread]);
    const known = this.rows.get(id);
    if (known?.sign === sign) return known.node;
    const node = row(group, isUnread, this.ways);
    if (known?.node.querySelector("details")?.open) {
      const details = node.querySelector("details");
      if (details) details.open = true;
    }
    this.rows.set(id, { node, sign });
    return node;
  }

  /**
   * Show that one alone. The focus comes to it, unless it has gone elsewhere meanwhile.
   * @param {{person?: string, stamp?: string}} what
   * @param {string} name
   */
  async only(what, name) {
    const pressed = document.activeElement;
    await this.choices.only(what, name);
    if (isFree(pressed)) this.list.focus();
  }

  showNew() {
    this.feed.showWaiting();
    this.list.focus({ preventScroll: true });
    if (this.list.getBoundingClientRect().top < 0) this.list.scrollIntoView();
  }

  older() {
    if (!this.button.hasAttribute("aria-disabled")) this.feed.more();
  }
}
