/** Google's question for permissions that the add-on asks for, and what was answered. */

import { el } from "../../dom.js";
import { t } from "../../words.js";

/** What the user has granted, in this window. @type {Set<string>} */
const granted = new Set();

export function grantedScopes() {
  return [...granted];
}

/**
 * The question as a card; one of the two is called once it is answered.
 * @param {string[]} scopes
 * @param {() => void} allowed
 * @param {() => void} refused
 */
export function question(scopes, allowed, refused) {
  const allow = () => {
    for (const scope of scopes) granted.add(scope);
    allowed();
  };
  return el(
    "article",
    { class: "addon-card", "data-card": "consent" },
    el("header", {}, el("h2", {}, t("gmail.window_consent"))),
    el(
      "section",
      {},
      el("p", {}, t("gmail.window_consent_what")),
      el("ul", { class: "scopes" }, ...scopes.map((each) => el("li", {}, el("code", {}, each)))),
    ),
    el(
      "footer",
      { class: "buttons" },
      el("button", { type: "button", class: "primary", onclick: allow }, t("gmail.window_allow")),
      el("button", { type: "button", onclick: refused }, t("gmail.window_not_now")),
    ),
  );
}
