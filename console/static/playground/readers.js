/** The readers one can be with one click on the opened mail, and what came of the last one. */

import { t } from "../words.js";
import { setClock, state, tell } from "./bus.js";
import { call, Refusal } from "./calls.js";
import { icon, make } from "./dom.js";
import { told } from "./happened.js";
import { shown } from "./mailboxes.js";

/** @typedef {import("./bus.js").Reader} Reader */

/**
 * The readers of a mail: in one's own Sent folder one is only oneself.
 * @param {string} mailId
 */
export function cast(mailId) {
  const isSent = shown()?.mail.is_sent ?? false;
  const fitting = (state()?.readers ?? []).filter((each) => (each.look === "you") === isSent);
  const result = make("div", { class: "happened", role: "status" });
  const item = (/** @type {Reader} */ each) => card(each, mailId, result);
  const more = fitting.filter((each) => each.is_more);
  return make(
    "section",
    { class: "cast", "aria-labelledby": "cast" },
    make("h3", { id: "cast" }, t(isSent ? "playground.readers.own" : "playground.readers.title")),
    state()?.is_believed === false &&
      make("p", { class: "hint" }, t("playground.readers.unbelieved")),
    make("ul", { class: "readers" }, ...fitting.filter((each) => !each.is_more).map(item)),
    more.length > 0 &&
      make(
        "details",
        {},
        make("summary", {}, t("playground.readers.more")),
        make("ul", { class: "readers" }, ...more.map(item)),
      ),
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
  return make(
    "li",
    { class: `reader ${reader.look}`, "data-reader": reader.id },
    make(
      "button",
      { type: "button", class: "be", onclick: be("open") },
      icon(reader.icon),
      make(
        "span",
        { class: "names" },
        make("span", { class: "strong" }, name),
        make("span", { class: "hint" }, text("hint")),
      ),
    ),
    reader.deeds.includes("click") &&
      make(
        "button",
        { type: "button", class: "subtle small", onclick: be("click") },
        t("playground.readers.click"),
        make("span", { class: "hidden" }, ` ${name}`),
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
  } catch (error) {
    const why = error instanceof Refusal && error.message ? error.message : t("playground.failed");
    result.replaceChildren(make("p", { class: "message bad" }, why));
  }
}
