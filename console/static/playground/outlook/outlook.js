/**
 * The playground's Outlook: a Sent folder, a draft, and the add-in beside it. It knows nothing of
 * Telltale: it loads the add-in's two pages, answers them as a host, and sends what the mail holds.
 */

import { el } from "../../dom.js";
import { t } from "../../words.js";
import { addressesIn } from "../addresses.js";
import { Frame, newMail } from "./host.js";

const EVENTS = "/playground/outlook/addin/events.html";
const PANE = "/playground/outlook/addin/taskpane.html";
const KEPT = "playground.outlook.sent";
const MOST = 20;
const PATIENCE_MS = 6000; // an Outlook lets its user send anyway after five seconds
const LINGER_MS = 1000;

/** @typedef {import("./host.js").Mail} Mail */

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id}`);
  return found;
}

class Outlook {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.owner = { address: root.dataset.address ?? "", name: root.dataset.name ?? "" };
    this.form = part("draft", HTMLFormElement);
    this.to = part("to", HTMLInputElement);
    this.subject = part("subject", HTMLInputElement);
    this.body = part("body", HTMLElement);
    this.note = part("note", HTMLElement);
    this.fault = part("fault", HTMLElement);
    this.reading = part("reading", HTMLElement);
    this.side = part("side", HTMLElement);
    this.button = part("pane", HTMLButtonElement);
    /** @type {Mail | null} */
    this.mail = null;
    /** Drafts that are on their way. @type {Set<Mail>} */
    this.leaving = new Set();
    /** @type {Frame | null} */
    this.pane = null;
    /** @type {Mail[]} */
    this.sent = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    this.form.addEventListener("submit", (event) => this.send(event));
    this.to.addEventListener("change", () => this.recipients());
    for (const field of [this.subject, this.body]) {
      field.addEventListener("input", () => this.written());
    }
    part("new", HTMLButtonElement).addEventListener("click", () => this.compose());
    part("switch", HTMLButtonElement).addEventListener("click", () => this.run("switchTracking"));
    this.button.addEventListener("click", () => this.togglePane());
    this.list();
    for (const name of ["new", "pane", "switch", "send"]) {
      part(name, HTMLButtonElement).disabled = false; // before, a press would have done nothing
    }
    for (const field of [this.to, this.subject]) field.disabled = false; // nor is typed what goes
  }

  /**
   * A frame with a page of the add-in, beside a mail.
   * @param {string} page
   * @param {string} name
   * @param {Element} place
   * @param {() => Mail | null} mail
   */
  frame(page, name, place, mail) {
    const node = el("iframe", { title: name === "pane" ? "Telltale" : "events" });
    place.append(node);
    const box = { mail, owner: this.owner, changed: () => this.changed() };
    const frame = new Frame(node, box, name);
    frame.open(page);
    return frame;
  }

  async compose() {
    this.mail = newMail(this.owner);
    this.to.value = "";
    this.subject.value = t("playground.sample.subject");
    const sample = part("sample", HTMLTemplateElement).content.cloneNode(true);
    this.body.replaceChildren(sample);
    this.written();
    this.open();
    await this.run("onMessageCompose");
  }

  /** @param {Mail | null} mail */
  read(mail) {
    this.mail = mail;
    this.reading.replaceChildren(
      el("h2", {}, mail?.subject ?? ""),
      el("p", { class: "hint" }, mail?.to.map((who) => who.address).join(", ") ?? ""),
    );
    this.open();
  }

  open() {
    const isDraft = this.mail?.kind === "compose";
    const was = this.form.hidden;
    this.form.hidden = !isDraft;
    this.reading.hidden = isDraft;
    this.fault.hidden = true;
    this.changed();
    if (isDraft && was && this.pane)
      this.reopenPane(); // a panel beside mails is none beside a draft
    else this.pane?.itemChanged();
  }

  togglePane() {
    if (this.pane) this.closePane();
    else this.pane = this.frame(PANE, "pane", this.side, () => this.mail);
    this.side.hidden = !this.pane;
    this.button.setAttribute("aria-pressed", String(Boolean(this.pane)));
  }

  closePane() {
    this.pane?.close();
    this.pane = null;
  }

  reopenPane() {
    this.closePane();
    this.togglePane();
  }

  written() {
    if (!this.mail) return;
    this.mail.subject = this.subject.value;
    this.mail.html = this.body.innerHTML;
  }

  async recipients() {
    if (!this.mail) return;
    this.fault.hidden = true;
    this.mail.to = addressesIn(this.to.value).map((address) => ({ address, name: "" }));
    this.pane?.recipientsChanged();
    await this.run("onMessageRecipientsChanged");
  }

  /** A page of the add-in may have changed a mail. */
  changed() {
    this.note.textContent = this.mail?.note ?? "";
  }

  /**
   * Run one of the handler's functions in a page of its own, as long as Outlook waits. It acts on
   * the mail of now, also when another one is opened meanwhile.
   * @param {string} name
   */
  async run(name) {
    const { mail } = this;
    const frame = this.frame(EVENTS, "events", part("outlook", HTMLElement), () => mail);
    frame.frame.hidden = true;
    frame.isSending = name === "onMessageSend";
    const patience = new Promise((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
    const done = frame.ready.then(() => frame.fire(name));
    const told = await Promise.race([done, patience]);
    setTimeout(() => frame.close(), LINGER_MS); // a report may still be on its way
    return told;
  }

  /** @param {SubmitEvent} event */
  async send(event) {
    event.preventDefault();
    const mail = this.mail;
    if (!mail || this.leaving.has(mail)) return;
    this.leaving.add(mail);
    try {
      await this.leave(mail);
    } catch {
      this.refused();
    } finally {
      this.leaving.delete(mail);
    }
  }

  /** @param {Mail} mail */
  async leave(mail) {
    this.written();
    if (mail.queued && !mail.html.includes(mail.queued)) mail.html += mail.queued;
    await this.run("onMessageSend");
    const form = new FormData();
    form.set(
      "csrf_token",
      document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "",
    );
    form.set("to", mail.to.map((who) => who.address).join(", "));
    form.set("subject", mail.subject);
    form.set("html", mail.html);
    for (const [name, value] of Object.entries(mail.headers)) form.set(`header.${name}`, value);
    const answer = await fetch("/playground/outlook/send", { method: "POST", body: form });
    if (!answer.ok) return this.refused();
    const sent = this.keep({ ...mail, kind: "read", note: "" });
    if (this.mail === mail) this.read(sent); // else another is being written by now
  }

  refused() {
    this.fault.hidden = false;
    this.fault.textContent = t("playground.outlook.not_sent");
  }

  /** @param {Mail} mail */
  keep(mail) {
    this.sent = [mail, ...this.sent].slice(0, MOST);
    localStorage.setItem(KEPT, JSON.stringify(this.sent));
    this.list();
    return mail;
  }

  list() {
    const rows = this.sent.map((mail) =>
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", onclick: () => this.read(this.mail === mail ? null : mail) },
          mail.subject || t("common.no_subject"),
        ),
      ),
    );
    part("sent", HTMLElement).replaceChildren(...rows);
  }
}

const root = document.querySelector("#outlook");
if (root instanceof HTMLElement) new Outlook(root).compose();
