/** One line on what just happened, also where the Feed rightly shows nothing. */

import { badge, el } from "../dom.js";
import { t } from "../words.js";
import { fill } from "./dom.js";
import { engagementsSince } from "./feed.js";

/** @typedef {{began_at: string, waited_s: number, fetched: {what: string, text: string, method: string}[], is_bare: boolean}} Played */

const WAIT_MS = 4000;
const LATE_MS = 60_000; // a machine may have much else to do
const STEP_MS = 120;
const LATE_STEP_MS = 1000;
const SETTLE_MS = 600; // so long after the first there may come another

/**
 * Say what the reader fetched, then what the product took it for.
 * @param {HTMLElement} node
 * @param {import("./bus.js").Reader} reader
 * @param {string} deed
 * @param {Played} played
 */
export async function told(node, reader, deed, played) {
  const did = el("p", {}, sentence(reader, deed, played));
  fill(node, did);
  if (!played.fetched.length) return;
  let found = await engagements(played, WAIT_MS, STEP_MS);
  if (!found.length && did.isConnected) {
    fill(node, did, el("p", { class: "hint" }, t("playground.happened.nothing_stored")));
    found = await engagements(played, LATE_MS, LATE_STEP_MS);
  }
  // Another reader may have come since, of whom it is told by now.
  if (found.length && did.isConnected) fill(node, did, el("ul", {}, ...summed(found).map(row)));
}

/**
 * @param {import("./bus.js").Reader} reader
 * @param {string} deed
 * @param {Played} played
 */
function sentence(reader, deed, played) {
  const slots = { who: t(`playground.readers.${reader.id}.name`), when: waited(played.waited_s) };
  if (!played.fetched.length) {
    if (played.is_bare) return t("playground.happened.bare", slots);
    return t(
      deed === "click" ? "playground.happened.no_link" : "playground.happened.nothing",
      slots,
    );
  }
  const links = new Set(played.fetched.filter((one) => one.what === "link").map((one) => one.text));
  const pictures = played.fetched.some((one) => one.what === "picture");
  if (links.size && pictures) return t("playground.happened.both", { ...slots, n: links.size });
  if (links.size) return t("playground.happened.links", { ...slots, n: links.size });
  return t("playground.happened.picture", slots);
}

/** @param {number} seconds */
function waited(seconds) {
  if (seconds < 1) return t("playground.happened.at_once");
  if (seconds < 90) return t("playground.happened.seconds_later", { n: seconds });
  return t("playground.happened.minutes_later", { n: Math.round(seconds / 60) });
}

/**
 * What the product made of it, as soon as the drain has carried it in.
 * @param {Played} played
 * @param {number} patienceMs
 * @param {number} stepMs
 */
async function engagements(played, patienceMs, stepMs) {
  const got = played.fetched.filter((one) => one.method === "GET");
  const wanted = new Set(got.map((one) => one.what)).size;
  let until = Date.now() + patienceMs;
  let known = 0;
  for (;;) {
    const found = await engagementsSince(played.began_at);
    if (found.length >= got.length || Date.now() > until) return found;
    const kinds = new Set(found.map((one) => one.kind)).size;
    if (kinds >= wanted && found.length > known) until = Date.now() + SETTLE_MS;
    known = found.length;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}

/**
 * Engagements that were judged alike are one line.
 * @param {import("./feed.js").Item[]} found
 */
function summed(found) {
  /** @type {Map<string, {item: import("./feed.js").Item, n: number}>} */
  const groups = new Map();
  for (const item of [...found].reverse()) {
    const key = `${item.label} ${item.verdict} ${item.reasons[0] ?? ""} ${item.hints[0] ?? ""}`;
    const group = groups.get(key) ?? { item, n: 0 };
    groups.set(key, { item, n: group.n + 1 });
  }
  return [...groups.values()];
}

/** @param {{item: import("./feed.js").Item, n: number}} group */
function row({ item, n }) {
  const count =
    item.repeats && item.counted ? "repeated" : item.counted ? "counted" : "not_counted";
  return el(
    "li",
    {},
    el(
      "span",
      { class: "what" },
      badge(item.label, t(`states.${item.label}`) + (n > 1 ? ` × ${n}` : "")),
      ...item.hints
        .filter((hint) => hint === "maybe_forwarded")
        .map((hint) => el("span", { class: "badge plain" }, t(`common.hints.${hint}`))),
      el("span", { class: "strong" }, t(`playground.happened.${count}`)),
    ),
    el(
      "span",
      { class: "hint" },
      `${t(`verdicts.${item.verdict}`)}. ${t(`reasons.${item.reasons[0] ?? ""}`)}`,
    ),
  );
}
