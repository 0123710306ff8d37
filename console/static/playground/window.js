/**
 * The panels of the playground, for any window that stands on its stage: each `[data-panel]` of the
 * page is filled by the module of its name. A window's own script need not know them: a mail that
 * it sends by SMTP appears in the mailboxes by itself.
 */

import { t } from "../words.js";
import { on, poll, refresh, state, tell } from "./bus.js";
import * as clock from "./clock.js";
import { find } from "./dom.js";
import * as feed from "./feed.js";
import * as guide from "./guide.js";
import * as letter from "./letter.js";
import * as mailboxes from "./mailboxes.js";
import * as trouble from "./trouble.js";
import * as views from "./views.js";

const PANELS = /** @type {Record<string, {mount: (panel: HTMLElement) => void}>} */ ({
  clock,
  feed,
  guide,
  letter,
  mailboxes,
  trouble,
  views,
});

await refresh().catch(() => {});
for (const panel of document.querySelectorAll("[data-panel]")) {
  if (panel instanceof HTMLElement) PANELS[panel.dataset.panel ?? ""]?.mount(panel);
}
if (state()) tell("state", state());
const first = new URLSearchParams(location.search).get("mail");
if (first) {
  views.show("inbox");
  mailboxes.open(first);
}
on("sent", ({ mail, from }) => {
  refresh().then(() => {
    if (isWriting(from)) return; // the next one; the mail is in the mailboxes
    views.show("inbox");
    if (mail) mailboxes.open(mail, true);
  });
});
const away = find("#away");
on("away", (isAway) => {
  if (away.hidden !== isAway) return;
  away.hidden = !isAway;
  away.textContent = isAway ? t("playground.away") : "";
});
poll();

/**
 * Is something being written, elsewhere than where the mail was sent from?
 * @param {Element | null} [from]
 */
function isWriting(from) {
  const here = document.activeElement;
  const isField = here instanceof HTMLElement && (here.isContentEditable || here.matches("input"));
  return isField && here !== from;
}
