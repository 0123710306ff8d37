/** The user's own mailbox in Gmail's window: what came and what was sent; one mail opens at a time. */

import { el, isFree } from "../../dom.js";
import { timeNode } from "../../time.js";
import { t } from "../../words.js";
import { on, refresh, state } from "../bus.js";
import { call } from "../calls.js";
import { fill, find, renew } from "../dom.js";
import { bodyOf, line } from "../letter.js";
import { forget, show, toast, word } from "./addon.js";

/** @typedef {import("../bus.js").Mail} Mail */
/** @typedef {import("./addon.js").Place} Place */

const MOST = 8;
const list = find("#mails");
const reading = find("#reading");
/** The mail that is open. @type {{id: string, place: Place} | null} */
let opened = null;

on("state", draw);
if (state()) draw();
for (const who of ["known", "stranger"]) {
  find(`#arrive-${who}`).addEventListener("click", () => arrive(who === "known"));
}

function draw() {
  const mails = state()?.mailboxes.find((each) => each.is_yours)?.mails ?? [];
  const none = el("li", { class: "hint" }, word("no_mail"));
  renew(list, ...(mails.length ? mails.slice(0, MOST).map(row) : [none]));
}

/** @param {Mail} mail */
function row(mail) {
  return el(
    "li",
    {},
    el(
      "button",
      {
        type: "button",
        class: "subtle own-mail",
        "data-key": mail.id,
        "aria-current": mail.id === opened?.id && "true",
        onclick: () => open(mail.id),
      },
      el("span", { class: "who" }, mail.is_sent ? word("sent") : el("bdi", {}, nameOf(mail.from))),
      el("bdi", { class: "what" }, mail.subject || t("common.no_subject")),
      timeNode(mail.at),
    ),
  );
}

/**
 * Open a mail; the add-on is asked what it knows of it, as Gmail does.
 * @param {string} id
 */
async function open(id) {
  const place = { trigger: "message", facts: () => ({ messageId: `msg-f:${id}`, threadId: id }) };
  const before = opened;
  opened = { id, place };
  reading.hidden = true;
  fill(reading);
  draw();
  show(place);
  if (before) forget(before.place);
  const letter = await call(`mail/${id}`).catch(() => null);
  if (opened?.place !== place) return;
  if (letter) read(letter);
  else toast(t("playground.letter.gone"));
}

/**
 * Show the mail that was asked for. The focus comes to it, unless it has gone elsewhere while the
 * mail was on its way, such as into a draft.
 * @param {{id: string, headers: [string, string][], text: string | null}} letter
 */
function read(letter) {
  const heads = Object.fromEntries(letter.headers);
  const closing = { type: "button", class: "subtle", onclick: close };
  const title = el("strong", { tabindex: "-1" }, heads.Subject || t("common.no_subject"));
  fill(
    reading,
    el("header", {}, title, el("button", closing, word("close"))),
    el(
      "div",
      { class: "inside letter" },
      el("p", { class: "hint" }, line("from", heads.From), line("to", heads.To)),
      ...bodyOf(letter),
    ),
  );
  reading.hidden = false;
  if (isFree(buttonOf(letter.id))) title.focus();
}

function close() {
  const mail = opened;
  opened = null;
  reading.hidden = true;
  fill(reading);
  draw();
  if (!mail) return;
  forget(mail.place);
  buttonOf(mail.id)?.focus();
}

/** The button of that mail in the list; null if it is no longer there. @param {string} id */
function buttonOf(id) {
  return [...list.querySelectorAll("button")].find((each) => each.dataset.key === id) ?? null;
}

/** @param {boolean} isKnown */
async function arrive(isKnown) {
  const html = `<p>${word(isKnown ? "quoted" : "stranger_asks")}</p>`;
  const subject = word(isKnown ? "subject_question" : "subject_stranger");
  try {
    await call("gmail/arrive", { is_known: isKnown, subject, html });
    await refresh();
  } catch {
    toast(word("failed"));
  }
}

/** @param {string} from */
function nameOf(from) {
  return from.replace(/\s*<[^>]*>\s*$/, "").replaceAll('"', "") || from;
}
