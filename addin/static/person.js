/** The Person tab: the contact or lead behind the mail's addresses, or a way to add one. */

import { badge, el, foreign, icon } from "../../console/static/dom.js";
import { fact, row } from "../../console/static/engagement.js";
import { fold } from "../../console/static/fold.js";
import { timeNode } from "../../console/static/time.js";
import { t } from "../../console/static/words.js";
import * as mailbox from "./mailbox.js";
import { empty, fill, renew } from "./parts.js";

/** @typedef {import("./panel.js").Panel} Panel */

const MOST_PEOPLE = 5; // of a meeting, who are told by name

/** @param {HTMLElement} node @param {Panel} panel @param {mailbox.Present} mail */
export function showPerson(node, panel, mail) {
  const field = el("div", { class: "field" });
  const body = el("div", { class: "view" });
  /** @type {string | undefined} */
  let shown = "";
  const choose = (/** @type {mailbox.Who | undefined} */ who) => {
    if (who?.address === shown) return; // what is typed about her stays
    shown = who?.address;
    if (who) showOne(body, panel, who);
    else renew(body, empty("people", "nobody"));
  };
  const show = (/** @type {mailbox.Who[]} */ people) => {
    const same = people.findIndex((who) => who.address === shown);
    const at = Math.max(same, 0);
    field.hidden = people.length < 2;
    renew(field, ...choice(people, at, choose));
    choose(people[at]);
  };
  fill(node, async () => {
    // What follows a draft is loaded beside one.
    if (mail.kind !== "compose") show(mail.others);
    else await (await import("./following.js")).follow(node, mail, show);
    return [field, body];
  });
}

/** @param {mailbox.Who[]} people @param {number} at @param {(who?: mailbox.Who) => void} chosen */
function choice(people, at, chosen) {
  const options = people.map((who, at) => el("option", { value: at }, who.name || who.address));
  const onchange = () => chosen(people[Number(list.value)]);
  const list = el("select", { id: "whom", name: "whom", onchange }, ...options);
  list.value = String(at);
  return [el("label", { for: "whom" }, t("outlook.whom")), list];
}

/** @param {HTMLElement} place @param {Panel} panel @param {mailbox.Who} who */
function showOne(place, panel, who) {
  const node = el("div", { class: "view" });
  place.replaceChildren(node); // what still comes for the one before finds its node gone
  fill(node, async () => {
    const people = await found(panel, who.address);
    if (people.length) return cards(panel, people);
    return [(await import("./adding.js")).adding(node, panel, who)]; // few are strangers
  });
}

/** Everybody known by an address. @param {Panel} panel @param {string} address @returns {Promise<any[]>} */
export async function found(panel, address) {
  const path = `/api/v1/people/lookup?address=${encodeURIComponent(address)}`;
  return (await panel.api.get(path)).body.items;
}

/** What is known of them. @param {Panel} panel @param {any[]} people */
export async function cards(panel, people) {
  return (await Promise.all(people.map((person) => card(panel, person)))).flat();
}

/** @param {Panel} panel @param {any} person */
async function card(panel, person) {
  const path = `/api/v1/people/${person.id}`;
  const metrics = (await panel.api.get(`${path}/metrics`)).body;
  const timeline = (await panel.api.get(`${path}/timeline`)).body;
  return [header(person), figures(metrics), ...entries(timeline)];
}

/** @param {any} person */
function header(person) {
  const company = person.account?.name || person.company;
  return el(
    "section",
    { class: "card who-is" },
    el("h2", { class: "title" }, foreign(person.name || person.addresses[0] || "")),
    el(
      "p",
      { class: "meta" },
      el("span", {}, t(`outlook.kind_${person.kind}`)),
      company && el("span", {}, foreign(company)),
    ),
    ...person.addresses.map((/** @type {string} */ each) => foreign(each, "hint url")),
    person.do_not_track && el("p", { class: "told" }, icon("shield"), t("reasons.do_not_track")),
  );
}

/** The month's figures, each with how many of how many. @param {any} metrics */
export function figures(metrics) {
  const month = metrics.last_30_days;
  const rate = t("outlook.opened_of", { n: month.opened, all: month.measurable });
  return el(
    "dl",
    { class: "facts figures" },
    fact(t("outlook.figure_sent"), String(month.sent)),
    fact(t("outlook.figure_opened"), rate),
    fact(t("outlook.figure_clicked"), String(month.clicked)),
    metrics.last_sent_at && fact(t("outlook.figure_last"), timeNode(metrics.last_sent_at)),
    metrics.last_received_at &&
      fact(t("outlook.figure_received"), timeNode(metrics.last_received_at)),
  );
}

/** @param {{items: any[], hidden: number, coming: any[]}} timeline */
function entries({ items, hidden, coming }) {
  if (!items.length && !coming.length) {
    return [el("p", { class: "hint" }, t("outlook.no_timeline"))];
  }
  const next = coming.map((each) => meeting(each, t("meeting.coming")));
  const list = el("ol", { class: "rows" }, ...next, ...items.map(entry));
  const more = hidden > 0 && el("p", { class: "hint" }, t("outlook.hidden", { n: hidden }));
  return [el("h2", {}, t("outlook.timeline")), list, ...(more ? [more] : [])];
}

/** @param {any} mail */
function entry(mail) {
  if (mail.type === "meeting") {
    return meeting(mail, t(mail.is_series ? "meeting.series" : "meeting.meeting"));
  }
  const state = stateOf(mail);
  const rows = fold(mail.engagements).map((group) => row(group, false, { hasSubject: false }));
  return el(
    "li",
    { class: "row" },
    el(
      "div",
      { class: "what" },
      foreign(mail.subject || t("common.no_subject"), "who"),
      badge(state, t(`states.${state}`)),
      mail.sent_at && timeNode(mail.sent_at),
    ),
    mail.reason && state !== "received" && el("p", { class: "hint" }, t(`reasons.${mail.reason}`)),
    rows.length > 0 &&
      el(
        "details",
        {},
        el("summary", {}, t("outlook.engagements", { n: rows.length })),
        el("ol", { class: "rows" }, ...rows),
      ),
  );
}

/** @param {any} it @param {string} kind */
function meeting(it, kind) {
  const untitled = t(it.is_private ? "meeting.private" : "meeting.untitled");
  const people = it.attendees.map((/** @type {any} */ who) => {
    const said = who.part === "organizer" ? "meeting.organizer" : `meeting.answer_${who.answer}`;
    return t("meeting.who", { name: who.name || who.address, answer: t(said) });
  });
  const more = it.attendees_total - MOST_PEOPLE;
  const told = people.slice(0, MOST_PEOPLE);
  if (more > 0) told.push(t("meeting.more", { n: more }));
  return el(
    "li",
    { class: "row" },
    el(
      "div",
      { class: "what" },
      foreign(it.subject || untitled, "who"),
      el("span", { class: "badge" }, it.is_cancelled ? t("meeting.cancelled") : kind),
      timeNode(it.starts_at),
    ),
    el("p", { class: "hint" }, foreign(told.join(" · "))),
  );
}

/** As `state_of_entry` in backend/insights/telling.py. @param {any} mail */
function stateOf(mail) {
  if (mail.direction === "received") return "received";
  if (mail.state === "untracked") return "sent_untracked";
  if (mail.state === "stopped") return "tracking_stopped";
  if (!mail.sent_at) return "send_not_confirmed";
  const counted = mail.engagements.filter((/** @type {any} */ each) => each.counted);
  const kinds = counted.map((/** @type {any} */ each) => each.kind);
  if (kinds.includes("reply")) return "replied";
  if (kinds.includes("click")) return "clicked";
  return mail.recipients[0]?.label ?? "no_signal";
}
