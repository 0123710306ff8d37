/** The Feed beside the stage, as its owner sees it: newest first, with the reasons. */

import { t } from "../words.js";
import { badge, fill, make } from "./dom.js";

/** @typedef {{id: string, kind: string, verdict: string, counted: boolean, confidence: number, reasons: string[], hints: string[], label: string, occurred_at: string, last_at: string, repeats: number, client_label: string, person: {name: string} | null, recipients: {address: string, name: string}[], stamp: {id: string, subject: string}, link: {text: string, url: string} | null}} Item */

const POLL_MS = 1000;
const LIMIT = 30;
let tag = "";
/** @type {Item[]} */
let items = [];
let draw = () => {};

/** @param {HTMLElement} panel */
export function mount(panel) {
  const list = make("ol", { class: "rows" });
  const none = make(
    "div",
    { class: "card empty" },
    make("p", { class: "strong" }, t("playground.feed.empty")),
    make("p", { class: "hint" }, t("playground.feed.empty_hint")),
  );
  const all = /** @type {HTMLInputElement} */ (make("input", { type: "checkbox" }));
  draw = () => {
    const shown = items.filter((item) => item.counted || all.checked);
    if (shown.length) fill(list, ...shown.map(row));
    list.hidden = !shown.length;
    none.hidden = !!shown.length;
  };
  all.addEventListener("change", draw);
  fill(
    panel,
    make(
      "div",
      { class: "head" },
      make("h2", { id: "feed" }, t("playground.feed.title")),
      make("label", { class: "choice" }, all, t("playground.feed.automatic")),
    ),
    list,
    none,
  );
  draw();
  const ask = () =>
    (document.hidden ? Promise.resolve() : refresh().catch(() => {})).finally(() =>
      setTimeout(ask, POLL_MS),
    );
  ask();
}

/**
 * What came at or after that moment, machines' doings too.
 * @param {string} moment
 */
export async function engagementsSince(moment) {
  await refresh();
  return items.filter((item) => Date.parse(item.last_at) >= Date.parse(moment));
}

async function refresh() {
  const answer = await fetch(`/api/v1/feed?include_automatic=true&limit=${LIMIT}`, {
    headers: tag ? { "If-None-Match": tag } : {},
  });
  if (answer.status === 304 || !answer.ok) return;
  tag = answer.headers.get("ETag") ?? "";
  items = (await answer.json()).items;
  draw();
}

/** @param {Item} item */
function row(item) {
  const who = item.person?.name ?? t("common.nobody_known");
  const text =
    item.label === "clicked" && item.link
      ? t("states.clicked_link", { link: item.link.text })
      : t(`states.${item.label}`);
  return make(
    "li",
    { class: "row" },
    make(
      "div",
      { class: "what" },
      make("bdi", { class: "who" }, who),
      badge(item.label, text),
      ...item.hints
        .filter((hint) => hint === "maybe_forwarded")
        .map((hint) => make("span", { class: "badge plain" }, t(`common.hints.${hint}`))),
    ),
    make(
      "a",
      { class: "subject", href: `/console/mail/${item.stamp.id}` },
      make("bdi", {}, item.stamp.subject || t("common.no_subject")),
    ),
    make("p", { class: "meta" }, make("span", {}, item.client_label)),
    make(
      "ul",
      { class: "reasons" },
      ...item.reasons.map((reason) => make("li", {}, t(`reasons.${reason}`))),
    ),
  );
}
