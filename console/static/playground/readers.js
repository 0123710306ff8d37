/** The readers one can be with one click on the opened mail, and what came of the last one. */

import { el, icon } from "../dom.js";
import { t } from "../words.js";
import { answers } from "./answering.js";
import { setClock, state, tell } from "./bus.js";
import { call, why } from "./calls.js";
import { told } from "./happened.js";
import { shown } from "./mailboxes.js";

/** @typedef {import("./bus.js").Reader} Reader */

/**
 * The readers of a mail, and what may come back to it: in one's own mailbox one is only oneself,
 * and there is nobody to be with a mail that came in.
 * @param {string} mailId
 */
export function cast(mailId) {
  const here = shown();
  const isSent = here?.mail.is_sent ?? false;
  if (here?.mailbox.is_yours && !isSent) return null;
  const fitting = (state()?.readers ?? []).filter((each) => (each.look === "you") === isSent);
  const result = el("div", { class: "happened", role: "status" });
  const item = (/** @type {Reader} */ each) => card(each, mailId, result);
  const more = fitting.filter((each) => each.is_more);
  return el(
    "section",
    { class: "cast", "aria-labelledby": "cast" },
    el("h3", { id: "cast" }, t(isSent ? "playground.readers.own" : "playground.readers.title")),
    state()?.is_believed === false &&
      el("p", { class: "hint" }, t("playground.readers.unbelieved")),
    el("ul", { class: "readers" }, ...fitting.filter((each) => !each.is_more).map(item)),
    more.length > 0 &&
      el(
        "details",
        {},
        el("summary", {}, t("playground.readers.more")),
        el("ul", { class: "readers" }, ...more.map(item)),
      ),
    answers(mailId, result),
    result,
  );
}

/**
 * @param {Reader} reader
 * @param {string} mailId
 * @param {HTMLElement} result
 */
function card(reader, mailId, result) {
  const text = (/** @type {string} */ key) => t(`playground.readers.${reader.id}.${key}`);
  const be = (/** @type {string} */ deed) => () => play(reader, deed, mailId, result);
  const name = text("name");
  return el(
    "li",
    { class: `reader ${reader.look}`, "data-reader": reader.id },
    el(
      "button",
      { type: "button", class: "be", onclick: be("open") },
      icon(reader.icon),
      el(
        "span",
        { class: "names" },
        el("span", { class: "strong" }, name),
        el("span", { class: "hint" }, text("hint")),
      ),
    ),
    reader.deeds.includes("click") &&
      el(
        "button",
        { type: "button", class: "subtle small", onclick: be("click") },
        t("playground.readers.click"),
        el("span", { class: "hidden" }, ` ${name}`),
      ),
  );
}

/**
 * @param {Reader} reader
 * @param {string} deed
 * @param {string} mailId
 * @param {HTMLElement} result
 */
async function play(reader, deed, mailId, result) {
  try {
    const played = await call("play", { mail: mailId, reader: reader.id, deed });
    setClock(played.clock);
    tell("played", { reader, deed, played });
    await told(result, reader, deed, played);
    tell("explained", played);
  } catch (error) {
    const said = why(error, t("playground.failed"));
    result.replaceChildren(el("p", { class: "message bad" }, said));
  }
}
