/** The opened mail: its head, the readers one can be with it, and its body with no picture loaded. */

import { el, isFree } from "../dom.js";
import { t } from "../words.js";
import { on } from "./bus.js";
import { call } from "./calls.js";
import { fill } from "./dom.js";

/** @typedef {{id: string, address: string, headers: [string, string][], text: string | null}} Letter */

/** @param {HTMLElement} panel */
export function mount(panel) {
  let shown = "";
  fill(panel, empty());
  on("opened", async ({ mail, isAsked }) => {
    shown = mail;
    const from = document.activeElement;
    // Whom one can be is loaded with the first mail: before it, nobody.
    const found = [call(`mail/${mail}`), import("./readers.js")];
    const [letter, readers] = await Promise.all(found).catch(() => []);
    if (shown !== mail) return; // another was opened meanwhile
    if (letter) {
      draw(panel, letter, readers.cast(mail));
      if (isAsked && isFree(from)) panel.querySelector("h2")?.focus();
    } else fill(panel, el("p", { class: "card", role: "alert" }, t("playground.letter.gone")));
  });
}

/**
 * @param {HTMLElement} panel
 * @param {Letter} letter
 * @param {HTMLElement | null} cast the readers one can be with it
 */
function draw(panel, letter, cast) {
  const heads = Object.fromEntries(letter.headers);
  const title = el(
    "h2",
    { tabindex: "-1" },
    el("bdi", {}, heads.Subject || t("common.no_subject")),
  );
  fill(
    panel,
    el(
      "article",
      { class: "card letter" },
      el(
        "header",
        {},
        title,
        el("p", { class: "hint" }, line("from", heads.From), line("to", heads.To)),
      ),
      cast,
      ...bodyOf(letter),
    ),
  );
}

/**
 * A line of a mail's head, named from or to.
 * @param {string} name
 * @param {string} [value]
 */
export function line(name, value = "") {
  return el("span", { class: "line" }, `${t(`playground.letter.${name}`)} `, el("bdi", {}, value));
}

/**
 * What is written in a mail: its HTML in a frame, or its text.
 * @param {{id: string, text: string | null}} letter
 */
export function bodyOf({ id, text }) {
  if (text === null) return framed(id);
  const label = t("playground.letter.body");
  return [el("pre", { class: "plain", tabindex: "0", "aria-label": label }, text)];
}

/** @param {string} id */
function framed(id) {
  const frame = el("iframe", {
    title: t("playground.letter.body"),
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    referrerpolicy: "no-referrer",
    src: `/playground/mail/${id}/body`,
  });
  return [frame, el("p", { class: "hint" }, t("playground.letter.pictures"))];
}

function empty() {
  return el(
    "div",
    { class: "card empty" },
    el("h2", {}, t("playground.letter.empty")),
    el("p", {}, t("playground.letter.empty_hint")),
  );
}
