/**
 * One row of the Feed or of a mail's history: who, what, on which mail, when, by what, and why we
 * take it for that. The one renderer, for pages and panels.
 */

import { badge, el, foreign, icon, unseen } from "./dom.js";
import { times } from "./fold.js";
import { exact, locale, timeNode } from "./time.js";
import { t } from "./words.js";

/**
 * An engagement as the API tells it.
 * @typedef {object} Item
 * @property {string} id
 * @property {"open" | "click" | "reply" | "bounce" | "unsubscribe" | "complaint" | "receipt" | "opt_out"} kind
 * @property {string} verdict
 * @property {boolean} counted
 * @property {number} confidence
 * @property {string[]} reasons
 * @property {string[]} hints
 * @property {string} label
 * @property {string} occurred_at
 * @property {number} repeats
 * @property {string} client_label
 * @property {string | null} country
 * @property {{id: string, name: string} | null} person
 * @property {{address: string, name: string, person_id: string | null}[]} recipients
 * @property {{id: string, subject: string}} stamp
 * @property {{id: string, url: string, text: string, position: number} | null} link
 * @property {boolean} [unread]
 */

/**
 * What a row leads to; a page or panel gives what it has.
 * @typedef {object} Ways
 * @property {boolean} [hasSubject]  false where all rows are of one mail
 * @property {(id: string) => string} [personAddress]  where a person's page is
 * @property {(id: string) => string} [mailAddress]
 * @property {(only: {person?: string, stamp?: string}, name: string) => void} [only]  show only these
 */

const HIGH = 0.9;
const MEDIUM = 0.8; // as in backend/insights/telling.py
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g; // would turn our own words around the text too
const UNSEEN = /\p{Cf}/gu;
const FORWARDED = "maybe_forwarded";
// What came from a program of the reader's; replies and bounces come as mail.
const BY_A_PROGRAM = new Set(["open", "click", "unsubscribe"]);
const LINK_CHARS = 80;
// How the API words a device, as in backend/insights/telling.py.
const HIDDEN = " (device hidden)";
const UNKNOWN = "Unknown device";
const COUNTRIES = new Intl.DisplayNames(locale, { type: "region" });
/** @type {Record<string, string>} */
const DEVICES = {
  Phone: "phone",
  Desktop: "desktop",
  "Viewed from Mobile": "viewed_from_mobile",
};

/**
 * The row of a group; `isUnread` marks it by a dot, bold letters and a word for screen readers.
 * @param {import("./fold.js").Group} group
 * @param {boolean} isUnread
 * @param {Ways} ways
 */
export function row(group, isUnread, ways) {
  const item = group.lead;
  return el(
    "li",
    { class: "row engagement", id: `e-${item.id}`, "data-unread": isUnread },
    face(item),
    el(
      "div",
      { class: "body" },
      el(
        "div",
        { class: "what" },
        who(item, ways),
        badge(item.label, labelOf(item)),
        item.hints.includes(FORWARDED) &&
          el("span", { class: "badge" }, t(`common.hints.${FORWARDED}`)),
        isUnread && unseen(t("feed.unread")),
        timeNode(item.occurred_at),
      ),
      ways.hasSubject !== false && subject(item, ways),
      el("p", { class: "meta" }, ...facts(group)),
      why(group, ways),
    ),
  );
}

/** Whom it is about; never a name where several share the picture. @param {Item} item */
export function whoOf(item) {
  if (item.person) return item.person.name;
  const [first, second] = item.recipients;
  if (second) return t("common.one_of", { n: item.recipients.length });
  return first ? first.name || first.address : t("common.nobody_known");
}

/** The state word, with the link's text where it has one. @param {Item} item */
function labelOf(item) {
  const text = shortened(item.link?.text.trim() ?? "");
  if (item.label === "clicked" && text) return t("states.clicked_link", { link: text });
  return t(`states.${item.label}`);
}

/** @param {string} written */
function shortened(written) {
  const text = written.replace(TURNS, "");
  return text.length <= LINK_CHARS ? text : `${text.slice(0, LINK_CHARS - 1).trimEnd()}…`;
}

/** @param {Item} item */
function face(item) {
  const isOne = item.person || item.recipients.length < 2;
  const letters = initials(whoOf(item));
  return el("span", { class: "avatar", "aria-hidden": true }, isOne ? letters : icon("people"));
}

/** @param {string} name */
function initials(name) {
  const words = name.replace(UNSEEN, "").trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return ends.map((word) => [...(word ?? "")][0] ?? "").join("");
}

/** @param {Item} item @param {Ways} ways */
function who(item, ways) {
  const name = foreign(whoOf(item));
  const address = item.person && ways.personAddress?.(item.person.id);
  if (!address) return el("span", { class: "who" }, name);
  return el("a", { class: "who", href: address }, name);
}

/** @param {Item} item @param {Ways} ways */
function subject(item, ways) {
  const text = foreign(item.stamp.subject || t("common.no_subject"));
  if (!ways.mailAddress) return el("p", { class: "subject" }, text);
  return el("a", { class: "subject", href: ways.mailAddress(item.stamp.id) }, text);
}

/**
 * What is known of the reader's device and program; of a bounce its code, "" without one.
 * @param {Item} item
 */
function deviceOf({ kind, client_label: said }) {
  if (!BY_A_PROGRAM.has(kind)) return said && t("common.code", { code: said });
  if (!said || said === UNKNOWN) return t("common.unknown_device");
  if (said.endsWith(HIDDEN)) {
    return t("common.device_hidden", { client: said.slice(0, -HIDDEN.length) });
  }
  const words = said.split(" · ");
  return words
    .map((word) => (Object.hasOwn(DEVICES, word) ? t(`common.devices.${DEVICES[word]}`) : word))
    .join(" · ");
}

/** @param {import("./fold.js").Group} group */
function facts({ lead, same, opens }) {
  const several = times(same);
  return [
    deviceOf(lead),
    lead.country && COUNTRIES.of(lead.country),
    several > 1 && t(`feed.times_${lead.kind === "click" ? "click" : "open"}`, { n: several }),
    opens.length > 0 && t("feed.opened_before"),
  ].map((text) => text && el("span", {}, text));
}

/** @param {import("./fold.js").Group} group @param {Ways} ways */
function why(group, ways) {
  const item = group.lead;
  const details = el(
    "details",
    { ontoggle: filled },
    el("summary", {}, t("feed.why"), unseen(` ${labelOf(item)}, ${whoOf(item)}`)),
  );
  // Made when it is first opened: most never are.
  function filled() {
    if (details.open && details.childElementCount === 1) details.append(explanation(group, ways));
  }
  return details;
}

/** @param {import("./fold.js").Group} group @param {Ways} ways */
function explanation(group, ways) {
  const item = group.lead;
  return el(
    "div",
    { class: "explanation" },
    el(
      "ul",
      { class: "reasons" },
      ...[...item.reasons, ...item.hints]
        .filter((code) => code !== FORWARDED)
        .map((code) => el("li", {}, t(`reasons.${code}`))),
    ),
    el(
      "dl",
      { class: "facts" },
      fact(t("feed.taken_for"), t(`verdicts.${item.verdict}`)),
      fact(t("feed.confidence"), sure(item.confidence)),
      fact(t("feed.counted"), t(item.counted ? "feed.counted_yes" : "feed.counted_no")),
      fact(t("feed.when"), exact(new Date(item.occurred_at))),
      item.link && fact(t("feed.link"), foreign(item.link.url, "url"), "whole"),
    ),
    each(t("feed.all_of_them"), group.same.length > 1 ? group.same : []),
    each(t("feed.opens_of_visit"), group.opens),
    only(item, ways),
  );
}

/** A term and its value, in a `dl`. @param {string} term @param {string | Node} value @param {string} [className] */
export function fact(term, value, className) {
  return el("div", { class: className }, el("dt", {}, term), el("dd", {}, value));
}

/** @param {number} confidence */
function sure(confidence) {
  const level = confidence >= HIGH ? "high" : confidence >= MEDIUM ? "medium" : "low";
  return `${t(`common.confidence.${level}`)} (${confidence.toFixed(1)})`;
}

/** Every engagement behind a folded row. @param {string} title @param {Item[]} items */
function each(title, items) {
  if (!items.length) return null;
  const lines = items.map((item) =>
    el(
      "li",
      { class: "meta" },
      el("span", {}, exact(new Date(item.occurred_at))),
      deviceOf(item) && el("span", {}, deviceOf(item)),
      item.repeats > 0 && el("span", {}, t("feed.times_open", { n: item.repeats + 1 })),
    ),
  );
  return el("div", {}, el("h3", {}, title), el("ol", {}, ...lines));
}

/** @param {Item} item @param {Ways} ways */
function only(item, ways) {
  const choose = ways.only;
  if (!choose) return null;
  const { person, stamp } = item;
  return el(
    "p",
    { class: "line" },
    person && button(t("feed.only_person"), () => choose({ person: person.id }, person.name)),
    ways.hasSubject !== false &&
      button(t("feed.only_mail"), () => choose({ stamp: stamp.id }, stamp.subject)),
  );
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  return el("button", { type: "button", class: "subtle", onclick: act }, text);
}
