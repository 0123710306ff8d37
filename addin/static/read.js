/**
 * The Mail tab beside a mail that is looked at: what happened to one of the rep's own, or the last
 * contact with whoever wrote. Looking at an own mail is told to the server: the open that this
 * causes is the rep's.
 */

import { badge, el, foreign, icon } from "../../console/static/dom.js";
import { Feed } from "../../console/static/feed.js";
import { timeNode } from "../../console/static/time.js";
import { t } from "../../console/static/words.js";
import * as mailbox from "./mailbox.js";
import { empty, fill, health } from "./parts.js";
import { figures, found } from "./person.js";

/** @typedef {import("./panel.js").Panel} Panel */

/** @param {HTMLElement} node @param {Panel} panel @param {mailbox.Present} mail */
export function showRead(node, panel, mail) {
  fill(node, async () => {
    if (mail.kind === "none") return [empty("mail", "no_mail"), await ran(panel)];
    const id = await mailbox.stampOf(mail); // only the sender's mailbox has it, whatever the From
    if (id) return sent(node, panel, id);
    if (!mail.isMine) return received(node, panel, mail);
    return [empty("sent_untracked", "untracked"), await ran(panel)];
  });
}

/** @param {Panel} panel */
async function ran(panel) {
  return health((await panel.refreshSettings()).last_run);
}

/** @param {HTMLElement} node @param {Panel} panel @param {string} id */
async function sent(node, panel, id) {
  panel.api.post(`/api/v1/stamps/${id}/self-view`, {}).catch(() => null);
  const mail = (await panel.api.get(`/api/v1/stamps/${id}`)).body;
  const who = mail.recipients.find((/** @type {any} */ each) => each.person_id);
  const contact = who ? await lastContact(panel, who.person_id, who.name) : [];
  const list = el("div");
  const path = `/api/v1/stamps/${id}/history`;
  begin(node, panel, list, { path, query: { days: "90" }, ways: { hasSubject: false } });
  return [head(mail), el("h2", {}, t("outlook.happened")), list, ...contact];
}

/** @param {Panel} panel @param {string} id @param {string} name */
async function lastContact(panel, id, name) {
  const metrics = (await panel.api.get(`/api/v1/people/${id}/metrics`)).body;
  return [el("h2", {}, t("outlook.last_contact"), ": ", foreign(name)), figures(metrics)];
}

/**
 * A list of engagements; none for a mail that is gone by now, whose feed would take another's place.
 * @param {HTMLElement} node @param {Panel} panel @param {HTMLElement} list @param {object} what
 */
function begin(node, panel, list, what) {
  if (!node.isConnected) return;
  panel.feed = new Feed(list, panel.api, { ...what, filters: false, poll: false });
  panel.feed.start();
}

/** @param {any} mail */
function head(mail) {
  const when = mail.sent_at ? [t("outlook.sent"), " ", timeNode(mail.sent_at)] : [];
  const rows = mail.recipients.map((/** @type {any} */ who) =>
    el(
      "li",
      { class: "row" },
      el(
        "div",
        { class: "what" },
        foreign(who.name || who.address, "who"),
        badge(who.label, t(`states.${who.label}`)),
      ),
      who.reason && el("p", { class: "hint" }, t(`reasons.${who.reason}`)),
    ),
  );
  return el(
    "section",
    { class: "card" },
    el("h2", { class: "title" }, foreign(mail.subject || t("common.no_subject"))),
    el("p", { class: "hint" }, ...when),
    mail.reason && el("p", { class: "told" }, icon("stop"), t(`reasons.${mail.reason}`)),
    el("ul", { class: "rows slim" }, ...rows),
  );
}

/** @param {HTMLElement} node @param {Panel} panel @param {mailbox.Present} mail */
async function received(node, panel, mail) {
  const who = mail.others[0];
  if (!who) return [empty("people", "nobody"), await ran(panel)];
  const [person] = await found(panel, who.address);
  if (!person) {
    const add = el("button", { type: "button", onclick: () => panel.show("person") });
    add.append(icon("add"), t("outlook.see_person"));
    return [
      el("h2", { class: "title" }, foreign(who.name || who.address)),
      empty("people", "stranger", el("p", {}, add)),
    ];
  }
  const metrics = (await panel.api.get(`/api/v1/people/${person.id}/metrics`)).body;
  const list = el("div");
  begin(node, panel, list, { query: { person: person.id } });
  return [
    el("h2", { class: "title" }, foreign(person.name || who.address)),
    figures(metrics),
    el("h2", {}, t("outlook.last_contact")),
    list,
  ];
}
