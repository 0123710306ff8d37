/**
 * The Mail tab beside a draft: two switches, what will be measured of whom, and each link with a
 * switch of its own. The draft is looked at again while it is written.
 */

import { ApiError } from "../../console/static/api.js";
import { badge, el, foreign, icon } from "../../console/static/dom.js";
import { t } from "../../console/static/words.js";
import * as mailbox from "./mailbox.js";
import { health, renew, toggle, trouble } from "./parts.js";

const LOOK_MS = 3000;

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {{address: string, decision: string, reason: string}} Decision */
/** @typedef {{reason: string, recipients: Decision[], links: {url: string, text: string}[], left: {url: string, text: string, reason: string}[]}} Preview */

/** The tab's parts. @param {HTMLElement} node @param {Panel} panel @param {mailbox.Present} mail */
export async function composeOf(node, panel, mail) {
  const compose = new Compose(node, panel, mail);
  await compose.begin();
  return compose.parts;
}

class Compose {
  /** @param {HTMLElement} node @param {Panel} panel @param {mailbox.Present} mail */
  constructor(node, panel, mail) {
    this.node = node;
    this.panel = panel;
    this.mail = mail;
    /** @type {{opens: boolean, links: boolean, left: string[]}} */
    this.choice = { opens: false, links: false, left: [] };
    this.held = this.choice;
    /** @type {Promise<void>} */
    this.work = Promise.resolve();
    this.seen = "";
    this.looking = false;
    this.isStale = false;
    this.draft = "";
    /** A choice has failed: this is said until she chooses again, or the draft is another. */
    this.hasFailed = false;
    /** @type {[Preview, false | string] | null} */
    this.shown = null;
    this.switches = el("div", { class: "card switches" });
    this.told = el("div", { class: "told", role: "status" });
    this.people = el("section", { "aria-label": t("outlook.recipients") });
    this.links = el("section", { "aria-label": t("outlook.links") });
    this.foot = el("div");
    /** @type {Node[]} */
    this.parts = [this.switches, this.told, this.people, this.links, this.foot];
  }

  async begin() {
    const settings = mailbox.settings();
    const draft = await mailbox.draftOf(this.mail, settings);
    const known = typeof draft.opens === "boolean";
    const chosen = known ? draft : (await this.panel.api.get("/api/v1/preferences")).body;
    this.choice = {
      opens: Boolean(chosen.opens),
      links: Boolean(chosen.links),
      left: draft.left ?? [],
    };
    this.held = this.choice;
    this.showSwitches();
    await this.look();
    const handler = await this.panel.refreshSettings();
    this.foot.replaceChildren(health(handler.last_run));
    mailbox.watchRecipients(this.mail, () => this.lookAgain());
    this.watch();
  }

  watch() {
    const ticking = setInterval(() => {
      if (!this.node.isConnected) clearInterval(ticking);
      else if (document.visibilityState === "visible") this.lookAgain();
    }, LOOK_MS);
  }

  showSwitches() {
    const { opens, links } = this.choice;
    renew(
      this.switches,
      toggle({ key: "opens", name: t("outlook.opens"), picture: "open", isOn: opens }, (isOn) =>
        this.choose({ opens: isOn }),
      ),
      toggle({ key: "links", name: t("outlook.links"), picture: "click", isOn: links }, (isOn) =>
        this.choose({ links: isOn }),
      ),
    );
  }

  /** Look at the draft; once more if that is wanted while it is being looked at. */
  async look() {
    this.isStale = true;
    if (this.looking) return;
    this.looking = true;
    try {
      while (this.isStale) {
        this.isStale = false;
        await this.preview();
      }
    } finally {
      this.looking = false;
    }
  }

  /** Look, and say when nobody can tell: what is shown may not be so by now. */
  async lookAgain() {
    try {
      await this.look();
    } catch (error) {
      this.seen = ""; // asked for until it is known, also when the draft is again as it was
      const isSaid = this.told.querySelector("button");
      if (error instanceof ApiError && !isSaid) this.fail(error, {});
    }
  }

  /** Ask what would be measured, if the draft has changed since. */
  async preview() {
    if (!mailbox.isPresent(this.mail)) return;
    const everybody = await mailbox.recipients(this.mail);
    const recipients = everybody.filter((who) => who.address.includes("@"));
    const areKnown = recipients.length === everybody.length;
    const html = await mailbox.html(this.mail);
    const from = await mailbox.sender(this.mail);
    const { opens, links } = this.choice;
    const asked = { from, recipients, html, opens, links };
    const seen = JSON.stringify([asked, areKnown]);
    if (seen === this.seen) return;
    const draft = JSON.stringify([from, everybody, html]);
    if (draft !== this.draft) this.hasFailed = false;
    this.draft = draft;
    const answer = await this.panel.api.post("/api/v1/stamps/preview", asked);
    if (opens !== this.choice.opens || links !== this.choice.links) {
      this.isStale = true; // another was made since, or this one taken back
      return;
    }
    this.seen = seen;
    const obstacle = (html === null && "plain_text") || (!mailbox.canStamp() && "too_old");
    this.show(answer.body, obstacle || (!areKnown && "no_address"));
  }

  /** @param {Preview} preview @param {false | string} obstacle  what no choice can change */
  show(preview, obstacle) {
    this.shown = [preview, obstacle];
    const { reason } = preview;
    const isMeasured = !reason && !obstacle;
    if (!this.hasFailed) this.say(preview, obstacle);
    const rows = preview.recipients.map((each) => person(each, isMeasured));
    renew(
      this.people,
      el("h2", {}, t("outlook.recipients")),
      rows.length
        ? el("ul", { class: "rows slim" }, ...rows)
        : el("p", { class: "hint" }, t("outlook.no_recipients")),
    );
    const links = preview.links.map((link) => this.link(link, isMeasured && this.choice.links));
    const left = preview.left.map((link) => leftLink(link));
    const count = links.length + left.length;
    const list = el("ul", { class: "rows slim" }, ...links, ...left);
    renew(
      this.links,
      el("h2", {}, t("outlook.links_found", { n: count })),
      count ? list : el("p", { class: "hint" }, t("outlook.no_links")),
    );
  }

  /** @param {Preview} preview @param {false | string} obstacle */
  say(preview, obstacle) {
    const { reason } = preview;
    const isFine = (!reason && !obstacle) || reason === "switched_off";
    this.told.className = isFine ? "told" : "told message warn";
    const line = el("div", {}, ...this.line(preview, obstacle));
    const isSaid = line.textContent === this.told.textContent; // said aloud only when it is new
    if (!isSaid) renew(this.told, ...line.childNodes);
  }

  /** @param {Preview} preview @param {false | string} obstacle */
  line({ reason, recipients }, obstacle) {
    if (obstacle) return [icon("none"), t(`outlook.${obstacle}`)];
    if (reason === "switched_off") return [icon("stop"), t("outlook.lines.switched_off")];
    const n = recipients.length;
    const isOfOne = n > 1 && recipients.some((each) => each.reason === reason);
    if (isOfOne) return [icon("shield"), t("outlook.lines.untracked")]; // below it says of whom
    if (reason) return [icon("shield"), `${t("outlook.not_tracked")} ${t(`reasons.${reason}`)}`];
    return [icon("good"), n > 1 ? t("outlook.shared", { n }) : t("outlook.will_track")];
  }

  /** @param {{url: string, text: string}} link @param {boolean} canBe */
  link(link, canBe) {
    const isOn = !this.choice.left.includes(link.url);
    const name = link.text || link.url;
    const facts = {
      key: link.url,
      name: t("outlook.track_link"),
      picture: "click",
      isOn: isOn && canBe,
      isOff: !canBe,
      of: `: ${name}`,
    };
    const change = (/** @type {boolean} */ on) => {
      const others = this.choice.left.filter((url) => url !== link.url);
      this.choose({ left: on ? others : [...others, link.url] });
    };
    return el("li", { class: "row" }, linkText(link), toggle(facts, change));
  }

  /**
   * Take over a choice; of several in a row each waits for the one before.
   * @param {{opens?: boolean, links?: boolean, left?: string[]}} change
   */
  choose(change) {
    this.choice = { ...this.choice, ...change };
    this.hasFailed = false;
    this.work = this.work.then(() => this.apply());
  }

  async apply() {
    const wanted = this.choice;
    if (wanted === this.held || !mailbox.isPresent(this.mail)) return; // taken back, or too late
    try {
      await mailbox.choose(this.mail, mailbox.settings(), wanted);
      this.held = wanted;
      this.seen = "";
    } catch (error) {
      const asked = this.choice; // with what was chosen since
      this.choice = this.held; // what is shown is what holds
      this.showSwitches();
      if (this.shown) this.show(...this.shown);
      this.hasFailed = true;
      this.fail(error, asked);
      return;
    }
    // Not waited for, since it asks our server: the next choice has to be written before Send.
    this.lookAgain();
  }

  /** @param {unknown} error @param {{opens?: boolean, links?: boolean, left?: string[]}} wanted */
  fail(error, wanted) {
    const isOver = error instanceof Error && error.message === "http_401"; // the handler's word
    if (isOver && this.node.isConnected) return this.panel.disconnected();
    const again = () => {
      this.choose(wanted);
      this.showSwitches();
    };
    const said = trouble(error, again);
    this.told.className = said.className;
    renew(this.told, ...said.childNodes); // without its own role: one of the two says it
  }
}

/** @param {Decision} decision @param {boolean} isMeasured  the mail as a whole */
function person({ address, decision, reason }, isMeasured) {
  const isLeft = decision === "leave";
  const word = isLeft || isMeasured ? decision : "with_others";
  const looks = isLeft || !isMeasured ? "not_measurable" : "likely_opened";
  return el(
    "li",
    { class: "row" },
    el(
      "div",
      { class: "what" },
      foreign(address, "who"),
      badge(looks, t(`outlook.decision_${word}`)),
    ),
    isLeft && el("p", { class: "hint" }, t(`reasons.${reason}`)),
  );
}

/** @param {{url: string, text: string}} link */
function linkText({ url, text }) {
  return el(
    "div",
    { class: "link" },
    foreign(text || url, "strong"),
    text && foreign(url, "hint url"),
  );
}

/** @param {{url: string, text: string, reason: string}} link */
function leftLink(link) {
  const why = t(`outlook.left_${link.reason}`);
  return el("li", { class: "row" }, linkText(link), el("p", { class: "hint" }, why));
}
