/** A stranger becomes a contact or a lead: the form in the Person tab. */

import { ApiError } from "../../console/static/api.js";
import { el, foreign } from "../../console/static/dom.js";
import { t } from "../../console/static/words.js";
import { fill, trouble } from "./parts.js";
import { cards, found } from "./person.js";

/** @typedef {import("./panel.js").Panel} Panel */

/** @param {HTMLElement} node @param {Panel} panel @param {import("./mailbox.js").Who} who */
export function adding(node, panel, who) {
  const name = el("input", { id: "new-name", maxlength: 200, value: who.name, required: true });
  const kind = el("select", { id: "new-kind" });
  kind.append(
    el("option", { value: "contact" }, t("outlook.kind_contact")),
    el("option", { value: "lead" }, t("outlook.kind_lead")),
  );
  const said = el("div");
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const person = { kind: kind.value, name: name.value.trim(), addresses: [who.address] };
    try {
      await panel.api.post("/api/v1/people", person);
      fill(node, async () => cards(panel, await found(panel, who.address)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      said.replaceChildren(trouble(error, () => said.replaceChildren()));
    }
  };
  return el(
    "form",
    { class: "card fields-of", onsubmit: add },
    el("h2", { class: "title" }, foreign(who.name || who.address)),
    el("p", {}, t("outlook.stranger_why")),
    el("div", { class: "field" }, el("label", { for: "new-name" }, t("outlook.name")), name),
    el("div", { class: "field" }, el("label", { for: "new-kind" }, t("outlook.kind")), kind),
    el("p", { class: "hint url" }, foreign(who.address)),
    el("p", {}, el("button", { type: "submit", class: "primary" }, t("outlook.add"))),
    said,
  );
}
