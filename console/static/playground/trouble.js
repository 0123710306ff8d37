/** The bad day of the playground's Google: a switch, once the user's mailbox is connected there. */

import { el } from "../dom.js";
import { t } from "../words.js";
import { on, refresh } from "./bus.js";
import { call } from "./calls.js";
import { fill } from "./dom.js";

/** @param {HTMLElement} panel */
export function mount(panel) {
  const told = el("span", { class: "hidden", role: "status" });
  const button = el(
    "button",
    {
      type: "button",
      class: "small",
      title: t("playground.trouble.hint"),
      onclick: async () => {
        const isOn = button.getAttribute("aria-pressed") !== "true";
        await call("google/trouble", { on: isOn });
        told.textContent = t(`playground.trouble.${isOn ? "on" : "off"}`);
        await refresh();
      },
    },
    t("playground.trouble.begin"),
  );
  on("state", ({ google, is_captured }) => {
    const isWanted = google.is_here && is_captured;
    button.setAttribute("aria-pressed", String(google.is_in_trouble));
    if (isWanted === panel.hasChildNodes()) return; // drawn anew it would lose the focus
    fill(panel, ...(isWanted ? [button, told] : []));
  });
}
