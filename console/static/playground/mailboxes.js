/** The mailboxes beside each other, and the mails of the one that is open. */

import { el } from "../dom.js";
import { t } from "../words.js";
import { now, on, state, tell } from "./bus.js";
import { fill, renew } from "./dom.js";

/** @typedef {import("./bus.js").Mailbox} Mailbox */
/** @typedef {import("./bus.js").Mail} Mail */

let opened = new URLSearchParams(location.search).get("mail") ?? "";
/** @type {Set<string>} */
const seen = new Set();

/** @param {HTMLElement} panel */
export function mount(panel) {
  const list = el("ul", { class: "mailboxes" });
  fill(panel, el("h2", { class: "hidden" }, t("playground.mailboxes.title")), list);
  const draw = () => {
    const boxes = [...(state()?.mailboxes ?? [])].sort(inOrder);
    const none = el("li", { class: "hint" }, t("playground.mailboxes.none"));
    renew(list, ...(boxes.length ? boxes.map(box) : [none]));
  };
  on("state", draw);
  on("opened", draw);
}

/**
 * Show a mail; the address of the page keeps it over a reload.
 * @param {string} mailId
 * @param {boolean} [isAsked] whether the person waits for it: then the focus goes to its title
 */
export function open(mailId, isAsked = false) {
  opened = mailId;
  seen.add(mailId);
  const address = new URL(location.href);
  address.searchParams.set("mail", mailId);
  history.replaceState(null, "", address);
  tell("opened", { mail: mailId, isAsked });
}

/** Open the newest mail of that mailbox, unless one of it is open. @param {string} address */
function turnTo(address) {
  const mails = state()?.mailboxes.find((each) => each.address === address)?.mails ?? [];
  const mail = mails.find((each) => each.id === opened) ?? mails[0];
  if (mail) open(mail.id);
}

/** The mail that is shown, with its mailbox; null before there is one. */
export function shown() {
  for (const mailbox of state()?.mailboxes ?? []) {
    const mail = mailbox.mails.find((each) => each.id === opened);
    if (mail) return { mailbox, mail };
  }
  return null;
}

/**
 * Whom one wrote to comes first, by name, so that nothing moves; there is more to be than oneself.
 * @param {Mailbox} one
 * @param {Mailbox} other
 */
function inOrder(one, other) {
  const mine = Number(one.is_yours) - Number(other.is_yours);
  return mine || (one.name || one.address).localeCompare(other.name || other.address);
}

/** @param {Mailbox} mailbox */
function box(mailbox) {
  const isOpen = mailbox.mails.some((mail) => mail.id === opened);
  const name = mailbox.is_yours ? t("playground.mailboxes.yours") : mailbox.name || mailbox.address;
  const unseen = mailbox.mails.filter((mail) => !seen.has(mail.id) && isFresh(mail)).length;
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "mailbox",
        "data-key": mailbox.address,
        "aria-current": isOpen && "true",
        onclick: () => turnTo(mailbox.address),
      },
      el("span", { class: "avatar", "aria-hidden": "true" }, initials(name)),
      el(
        "span",
        { class: "names" },
        el("bdi", { class: "strong" }, name),
        el("bdi", { class: "hint" }, mailbox.address),
      ),
      unseen > 0 &&
        el(
          "span",
          { class: "new" },
          el("span", { class: "hidden" }, t("playground.mailboxes.new")),
        ),
    ),
    isOpen && mailbox.mails.length > 1 && mails(mailbox),
  );
}

/** @param {Mailbox} mailbox */
function mails(mailbox) {
  const row = (/** @type {Mail} */ mail) =>
    el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: "subtle mail",
          "data-key": mail.id,
          "aria-current": mail.id === opened && "true",
          onclick: () => open(mail.id),
        },
        el(
          "span",
          { class: "names" },
          el("bdi", {}, mail.subject || t("common.no_subject")),
          mailbox.is_yours &&
            el("bdi", { class: "hint" }, mail.is_sent ? t("playground.mailboxes.sent") : mail.from),
        ),
      ),
    );
  return el("ul", { class: "mails" }, ...mailbox.mails.map(row));
}

/** @param {Mail} mail */
function isFresh(mail) {
  return now().getTime() - Date.parse(mail.at) < 24 * 3600 * 1000;
}

/** @param {string} name */
function initials(name) {
  const words = name.split(/[\s.@]+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => word?.[0] ?? "")
    .join("")
    .toUpperCase();
}
