/** The opened mail: its head, the readers one can be with it, and its body with no picture loaded. */

import { t } from "../words.js";
import { on } from "./bus.js";
import { call } from "./calls.js";
import { fill, make } from "./dom.js";
import { cast } from "./readers.js";

/** @param {HTMLElement} panel */
export function mount(panel) {
  fill(panel, empty());
  on("opened", async ({ mail, isAsked }) => {
    const letter = await call(`mail/${mail}`).catch(() => null);
    if (letter) {
      draw(panel, letter);
      if (isAsked) panel.querySelector("h2")?.focus();
    } else fill(panel, make("p", { class: "card", role: "alert" }, t("playground.letter.gone")));
  });
}

/**
 * @param {HTMLElement} panel
 * @param {{id: string, address: string, headers: [string, string][], text: string | null}} letter
 */
function draw(panel, letter) {
  const heads = Object.fromEntries(letter.headers);
  const title = make(
    "h2",
    { tabindex: "-1" },
    make("bdi", {}, heads.Subject || t("common.no_subject")),
  );
  fill(
    panel,
    make(
      "article",
      { class: "card letter" },
      make(
        "header",
        {},
        title,
        make("p", { class: "hint" }, line("from", heads.From ?? ""), line("to", heads.To ?? "")),
      ),
      cast(letter.id),
      ...(letter.text === null
        ? framed(letter.id)
        : [
            make(
              "pre",
              { class: "plain", tabindex: "0", "aria-label": t("playground.letter.body") },
              letter.text,
            ),
          ]),
    ),
  );
}

/**
 * @param {string} name
 * @param {string} value
 */
function line(name, value) {
  return make(
    "span",
    { class: "line" },
    `${t(`playground.letter.${name}`)} `,
    make("bdi", {}, value),
  );
}

/** @param {string} id */
function framed(id) {
  const frame = make("iframe", {
    title: t("playground.letter.body"),
    sandbox: "allow-popups allow-popups-to-escape-sandbox",
    referrerpolicy: "no-referrer",
    src: `/playground/mail/${id}/body`,
  });
  return [frame, make("p", { class: "hint" }, t("playground.letter.pictures"))];
}

function empty() {
  return make(
    "div",
    { class: "card empty" },
    make("h2", {}, t("playground.letter.empty")),
    make("p", {}, t("playground.letter.empty_hint")),
  );
}
