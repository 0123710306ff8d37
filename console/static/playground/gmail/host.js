/** Gmail's window on the stage: wires its bar, its compose windows and the add-on's side panel. */

import { find } from "../dom.js";
import { HOME, SETTINGS, show } from "./addon.js";
import { open } from "./compose.js";
import "./mails.js";

const panel = find("#addon");
const toggle = find("#panel");

find("#new").addEventListener("click", () => open(false));
find("#reply").addEventListener("click", () => open(true));
find("#home").addEventListener("click", () => show(HOME));
find("#settings").addEventListener("click", () => show(SETTINGS));
toggle.addEventListener("click", () => {
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
});
new MutationObserver(() => toggle.setAttribute("aria-expanded", String(!panel.hidden))).observe(
  panel,
  { attributeFilter: ["hidden"] },
);

open(false);
show(HOME);
