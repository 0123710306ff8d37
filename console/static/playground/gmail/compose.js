/** Compose windows: a body with a signature and perhaps a quote, autosave, minimise, send, undo. */

import { el } from "../../dom.js";
import { addressesIn } from "../addresses.js";
import { now, refresh, state, tell } from "../bus.js";
import { call, why } from "../calls.js";
import { fill, find } from "../dom.js";
import { forget, show, toast, word } from "./addon.js";
import { Autosave } from "./autosave.js";
import { draftNodes } from "./markup.js";

/** @typedef {import("./addon.js").Place} Place */

const HOUR_MS = 3600 * 1000;
const MOST_WINDOWS = 2;
const root = find("#gmail");
const windows = find("#windows");

/** Sends that wait for their hour. @type {{at: number, send: () => void}[]} */
const scheduled = [];
setInterval(() => {
  for (const one of scheduled.filter(({ at }) => at <= now().getTime())) {
    scheduled.splice(scheduled.indexOf(one), 1);
    one.send();
  }
}, 500);

/**
 * Open a window, with a quoted mail below if it is a reply.
 * @param {boolean} isReply
 */
export function open(isReply) {
  if (windows.childElementCount >= MOST_WINDOWS) return toast(word("two"));
  const draft = new Draft(isReply);
  windows.append(draft.node);
  draft.body.focus();
  return undefined;
}

class Draft {
  /** @param {boolean} isReply */
  constructor(isReply) {
    this.to = el("input", { value: root.dataset.to ?? "", autocomplete: "off" });
    const subject = word(isReply ? "subject_reply" : "subject");
    this.subject = el("input", { value: subject, maxlength: 300, autocomplete: "off" });
    this.body = el(
      "div",
      {
        class: "paper",
        contenteditable: "true",
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": word("body"),
        spellcheck: "false",
      },
      ...written(isReply),
    );
    this.saved = el("span", { class: "hint", role: "status" });
    this.kept = new Autosave(() => this.written(), this.saved);
    /** @type {Range | null} */
    this.cursor = null;
    /** @type {Place} */
    this.place = {
      trigger: "compose",
      facts: () => ({
        toRecipients: addressesIn(this.to.value),
        ccRecipients: [],
        bccRecipients: [],
      }),
      insert: (type, html) => this.insert(type, html),
    };
    this.inside = el("div", { class: "inside" });
    this.node = this.#drawn();
    this.node.addEventListener("input", () => this.kept.touch());
    document.addEventListener("selectionchange", () => this.#remember());
  }

  #drawn() {
    const minimise = el(
      "button",
      { type: "button", class: "subtle", "aria-expanded": "true", onclick: () => this.toggle() },
      word("minimise"),
    );
    fill(
      this.inside,
      el("label", { class: "field" }, word("to"), this.to),
      el("label", { class: "field" }, word("subject_label"), this.subject),
      this.body,
      el(
        "p",
        { class: "buttons" },
        this.#button("send", "primary", () => this.send()),
        this.#button("schedule", "", () => this.schedule()),
        this.#button("track", "", () => this.track()),
        this.#button("discard", "subtle", () => this.discard()),
      ),
    );
    return el(
      "section",
      { class: "card draft", "aria-label": word("draft") },
      el("header", {}, el("strong", {}, word("draft")), this.saved, minimise),
      this.inside,
    );
  }

  /**
   * @param {string} key
   * @param {string} look
   * @param {() => void} act
   */
  #button(key, look, act) {
    return el("button", { type: "button", class: look, onclick: act }, word(key));
  }

  /** Open the add-on for this draft. */
  track() {
    find("#addon").hidden = false;
    show(this.place);
  }

  toggle() {
    this.inside.hidden = !this.inside.hidden;
    const button = find("button", this.node);
    button.setAttribute("aria-expanded", String(!this.inside.hidden));
  }

  /**
   * As Gmail's updateDraft does.
   * @param {string} type
   * @param {string} html
   */
  insert(type, html) {
    const nodes = draftNodes(html);
    if (type === "INSERT_AT_START") this.body.prepend(...nodes);
    else if (type === "INSERT_AT_END") this.body.append(...nodes);
    else this.#atCursor(nodes);
    this.kept.touch();
  }

  /** @param {Node[]} nodes */
  #atCursor(nodes) {
    if (!this.cursor) {
      this.body.prepend(...nodes);
      return;
    }
    this.cursor.deleteContents();
    for (const node of nodes.reverse()) this.cursor.insertNode(node);
    this.cursor.collapse(false);
  }

  #remember() {
    const selection = document.getSelection();
    const range = selection?.rangeCount ? selection.getRangeAt(0) : null;
    if (range && this.body.contains(range.commonAncestorContainer))
      this.cursor = range.cloneRange();
  }

  async discard() {
    this.close();
    await this.kept.discard();
  }

  close() {
    this.node.remove();
    forget(this.place);
  }

  /** Send after the seconds in which it can be taken back. */
  send() {
    const seconds = Number(/** @type {HTMLSelectElement} */ (find("#undo-for")).value);
    if (!seconds) return void this.leave();
    this.node.hidden = true;
    const leaving = setTimeout(() => this.leave(), seconds * 1000);
    const undo = () => {
      clearTimeout(leaving);
      this.node.hidden = false;
    };
    toast(word("sending"), { label: word("undo"), act: undo }, seconds);
    return undefined;
  }

  async schedule() {
    this.node.hidden = true; // nobody presses twice
    await this.kept.rest();
    const mail = this.mail();
    scheduled.push({ at: now().getTime() + HOUR_MS, send: () => deliver(mail) });
    this.close();
    toast(word("scheduled"));
  }

  async leave() {
    this.node.hidden = true;
    await this.kept.rest();
    if (await deliver(this.mail())) return this.close();
    this.kept.resume();
    this.node.hidden = false;
    return undefined;
  }

  written() {
    return { to: this.to.value, subject: this.subject.value, html: this.body.getHTML() };
  }

  mail() {
    return { ...this.written(), draft: this.kept.id };
  }
}

/**
 * Hand a mail to SMTP and show where it arrived.
 * @param {{to: string, subject: string, html: string, draft: string}} mail
 */
async function deliver(mail) {
  try {
    await call("gmail/send", mail);
  } catch (error) {
    toast(why(error, word("failed")));
    return false;
  }
  await refresh().catch(() => null); // it is sent
  const first = (addressesIn(mail.to)[0] ?? "")
    .replace(/.*<|>.*/g, "")
    .trim()
    .toLowerCase();
  const box = state()?.mailboxes.find((each) => each.address === first);
  tell("sent", { mail: box?.mails[0]?.id });
  return true;
}

/** @param {boolean} isReply */
function written(isReply) {
  const name = root.dataset.name ?? "";
  const offer = el("a", { href: `${root.dataset.base}/playground/page/offer` }, word("offer"));
  const text = [
    el("div", {}, word("hello")),
    el("div", {}, offer),
    el("div", { class: "gmail_signature" }, "-- ", el("br"), name),
  ];
  if (!isReply) return text;
  const quote = el("blockquote", { class: "gmail_quote" }, word("quoted"));
  return [...text, el("div", { class: "gmail_quote gmail_quote_container" }, quote)];
}
