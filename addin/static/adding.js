/** A stranger becomes a contact or a lead: the form in the Person tab. */

import { ApiError } from "../../console/static/api.js";
import { el, foreign } from "../../console/static/dom.js";
import { t } from "../../console/static/words.js";
import { fill, renew, trouble } from "./parts.js";
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
  const button = el("button", { type: "submit", class: "primary" }, t("outlook.add"));
  const said = el("div");
  const key = { source: "manual", external_id: crypto.randomUUID() }; // one person, however often
  const add = async (/** @type {Event} */ event) => {
    event.preventDefault();
    // Not `disabled`, which would take the focus from it.
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    renew(said);
    const person = { ...key, kind: kind.value, name: name.value.trim(), addresses: [who.address] };
    try {
      await panel.api.post("/api/v1/people", person).catch(unlessThere);
    } catch (error) {
      button.removeAttribute("aria-disabled");
      renew(
        said,
        trouble(error, () => form.requestSubmit()),
      );
      return;
    }
    fill(node, async () => cards(panel, await found(panel, who.address)));
  };
  const form = el(
    "form",
    { class: "card fields-of", onsubmit: add },
    el("h2", { class: "title" }, foreign(who.name || who.address)),
    el("p", {}, t("outlook.stranger_why")),
    el("div", { class: "field" }, el("label", { for: "new-name" }, t("outlook.name")), name),
    el("div", { class: "field" }, el("label", { for: "new-kind" }, t("outlook.kind")), kind),
    el("p", { class: "hint url" }, foreign(who.address)),
    el("p", {}, button),
    said,
  );
  return form;
}

/** She was added before, by a call whose answer was lost. @param {unknown} error */
function unlessThere(error) {
  if (!(error instanceof ApiError && error.problem === "conflict")) throw error;
}
