/**
 * The panel: three tabs and a gear. What a tab shows belongs to one mail and lives in a node of its
 * own: when another mail comes beside the panel the node goes, and with it whatever was still on
 * its way to it.
 */

import { Api, ApiError, byToken } from "../../console/static/api.js";
import { el, icon } from "../../console/static/dom.js";
import { Feed } from "../../console/static/feed.js";
import { t } from "../../console/static/words.js";
import * as looks from "./looks.js";
import * as mailbox from "./mailbox.js";
import { BASE, fill, renew } from "./parts.js";
import { showPerson } from "./person.js";
import { showRead } from "./read.js";

const TABS = [
  { id: "mail", icon: "mail" },
  { id: "feed", icon: "feed" },
  { id: "person", icon: "people" },
  { id: "settings", icon: "settings" },
];
const UNREAD_MS = 60_000;

/** Ends the connection when the token is over, whichever tab notices it. */
class PanelApi extends Api {
  /** @param {Panel} panel */
  constructor(panel) {
    super(
      byToken(() => mailbox.token()),
      BASE,
    );
    this.panel = panel;
  }

  /** @type {Api["call"]} */
  async call(method, path, body, more) {
    const token = mailbox.token(); // a late answer says nothing of one that came since
    try {
      return await super.call(method, path, body, more);
    } catch (error) {
      const isOver = error instanceof ApiError && error.trouble === "signed_out";
      if (isOver && token === mailbox.token()) this.panel.disconnected();
      throw error;
    }
  }
}

export class Panel {
  /** @param {Element} root */
  constructor(root) {
    this.api = new PanelApi(this);
    this.tab = "mail";
    /** @type {Feed | null} */
    this.feed = null;
    /** @type {Promise<unknown>} a choice of hers that is on its way */
    this.choosing = Promise.resolve();
    /** How often it was told how many are unread. */
    this.counted = 0;
    this.buttons = TABS.map((tab) => this.button(tab));
    this.main = el("div", { id: "tab", role: "tabpanel", tabindex: -1 });
    this.bar = el("header", { class: "tabs" }, title());
    const list = el("div", { class: "tablist", role: "tablist", "aria-label": t("outlook.tabs") });
    list.append(...this.buttons);
    list.addEventListener("keydown", (event) => this.key(event));
    this.bar.append(list);
    root.replaceChildren(this.bar, el("main", {}, this.main));
    root.removeAttribute("aria-busy");
  }

  /** @param {{id: string, icon: string}} tab */
  button(tab) {
    const isGear = tab.id === "settings";
    const text = t(`outlook.tab_${tab.id}`);
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${tab.id}`,
        class: isGear ? "gear" : "",
        title: isGear ? text : null,
        "aria-controls": "tab",
        onclick: () => this.show(tab.id),
      },
      icon(tab.icon),
      el("span", { class: isGear ? "hidden" : "" }, text),
      tab.id === "feed" && el("span", { class: "counter", hidden: true }),
    );
  }

  /** Arrow keys, Home and End move between tabs. @param {KeyboardEvent} event */
  key(event) {
    const at = this.buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const last = this.buttons.length - 1;
    const to = /** @type {Record<string, number>} */ ({
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    })[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    this.buttons[to]?.focus();
    this.buttons[to]?.click();
  }

  /** Show what a tab holds for the mail that is beside the panel now. @param {string} [tab] */
  show(tab = this.tab) {
    this.tab = tab;
    for (const button of this.buttons) {
      const isChosen = button.id === `tab-${tab}`;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
    }
    this.main.setAttribute("aria-labelledby", `tab-${tab}`);
    this.feed?.stop();
    this.feed = null;
    const node = el("div", { class: "view" });
    renew(this.main, node);
    scrollTo({ top: 0 });
    this.fill(node, tab);
  }

  get isConnected() {
    return Boolean(mailbox.token() && mailbox.settings());
  }

  /** @param {HTMLElement} node @param {string} tab */
  fill(node, tab) {
    if (!this.isConnected) return this.connect(node);
    const mail = mailbox.present();
    if (tab === "feed") return this.showFeed(node);
    if (tab === "settings") return this.settings(node);
    if (tab === "person") return showPerson(node, this, mail);
    if (mail.kind === "compose") return this.compose(node, mail);
    return showRead(node, this, mail);
  }

  /** Loaded by who is not connected yet, which few are. @param {HTMLElement} node */
  connect(node) {
    return fill(node, async () => (await import("./connect.js")).connectingOf(node, this));
  }

  /** Loaded beside a draft, and so never by who is not connected. @param {HTMLElement} node @param {mailbox.Present} mail */
  compose(node, mail) {
    return fill(node, async () => (await import("./compose.js")).composeOf(node, this, mail));
  }

  /** Loaded by who looks behind the gear, which few do. @param {HTMLElement} node */
  settings(node) {
    return fill(node, async () => (await import("./settings.js")).settingsOf(this));
  }

  /** @param {HTMLElement} node */
  showFeed(node) {
    this.feed = new Feed(node, this.api, { onUnread: (unread) => this.count(unread) });
    this.feed.start();
  }

  /** @param {number} unread */
  count(unread) {
    this.counted += 1;
    const counter = this.bar.querySelector(".counter");
    if (!(counter instanceof HTMLElement)) return;
    counter.hidden = !unread;
    counter.textContent = unread > 99 ? "99+" : String(unread);
  }

  async askUnread() {
    const isSeen = document.visibilityState === "visible";
    if (!this.isConnected || !isSeen || this.tab === "feed") return; // the Feed itself counts
    const { counted } = this;
    try {
      const answer = await this.api.get("/api/v1/feed?limit=1");
      const isNews = this.tab !== "feed" && counted === this.counted; // else it is known better
      if (isNews) this.count(answer.body.unread ?? 0);
    } catch {
      // The tab itself says what is wrong; a counter need not.
    }
  }

  /** The token is over or was taken back. */
  disconnected() {
    if (!mailbox.token()) return;
    mailbox.keepToken("");
    this.count(0);
    this.show("mail");
  }

  /** The panel has its tokens: the handler's settings go into the mailbox. */
  async connected() {
    await this.refreshSettings();
    this.show("mail");
    this.askUnread();
  }

  /** What the handler needs, or how she likes it, may have changed since. @param {string} [stampToken] a new one */
  async refreshSettings(stampToken) {
    await this.choosing.catch(() => null);
    const worn = looks.theme();
    const answer = await this.api.get("/api/v1/addin/handler");
    if (looks.theme() === worn) looks.wear(answer.body.theme); // else she chose one since it was asked
    looks.speak(answer.body.language);
    const before = mailbox.settings();
    const { base, tracking, hosts, force, words } = answer.body;
    const token = stampToken ?? before?.token;
    const settings = { ...before, base, tracking, hosts, force, words, token };
    if (JSON.stringify(settings) !== JSON.stringify(before)) await mailbox.keepSettings(settings);
    return answer.body;
  }

  start() {
    mailbox.watch(() => this.changed());
    this.show();
    setInterval(() => this.askUnread(), UNREAD_MS);
    if (!this.isConnected) return;
    this.refreshSettings().catch(() => null);
    this.askUnread();
  }

  /** Another mail is beside the panel, or none; connecting is about none of them. */
  changed() {
    if (!this.isConnected) return;
    if (this.tab === "mail" || this.tab === "person") this.show();
  }
}

/**
 * Draw the panel once Outlook answers: before, nobody knows whose it is, and no tab can be chosen.
 * Until then the page's own grey shapes stay.
 */
export async function begin() {
  const root = document.querySelector("#panel");
  if (!root) return;
  try {
    await mailbox.ready();
  } catch {
    root.replaceChildren(el("main", {}, title(), noOutlook()));
    root.removeAttribute("aria-busy");
    return;
  }
  new Panel(root).start();
}

function title() {
  return el("h1", { class: "hidden" }, "Telltale");
}

function noOutlook() {
  return el(
    "div",
    { class: "message warn", role: "alert" },
    el("p", { class: "strong" }, t("outlook.no_outlook")),
    el("p", {}, t("outlook.no_outlook_do")),
  );
}
