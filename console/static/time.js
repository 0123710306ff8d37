/**
 * Moments as a person is told them: in the zone of this browser, near ones by how long ago.
 */

import { el } from "./dom.js";
import { t } from "./words.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const FRESH_MS = MINUTE_MS / 2;

const language = document.documentElement.lang || "en";
export const locale = language === "en" ? "en-GB" : language; // a day before its month, 24 hours
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const hours = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "medium" });
const thisYear = new Intl.DateTimeFormat(locale, {
  weekday: "long",
  day: "numeric",
  month: "long",
});
const anyYear = new Intl.DateTimeFormat(locale, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

/**
 * The installation's time: the page says how many seconds it runs ahead of the wall's, which the
 * playground can make it do.
 */
export function present() {
  return new Date(Date.now() + Number(document.documentElement.dataset.ahead ?? 0) * 1000);
}

/**
 * How long ago it was on the same day, else the time of day (a heading says the rest).
 * @param {Date} at
 * @param {Date} [now]
 */
export function near(at, now = present()) {
  const ago = now.getTime() - at.getTime();
  if (ago < MINUTE_MS) return t("times.just_now");
  if (ago < HOUR_MS) return t("times.minutes_ago", { n: Math.floor(ago / MINUTE_MS) });
  if (dayOf(at) === dayOf(now)) return t("times.hours_ago", { n: Math.floor(ago / HOUR_MS) });
  return hours.format(at);
}

/** Date, time to the second and zone. @param {Date} at */
export function exact(at) {
  return `${moment.format(at)} ${zone}`;
}

/**
 * Today, Yesterday or the date.
 * @param {Date} at
 * @param {Date} [now]
 */
export function heading(at, now = present()) {
  if (dayOf(at) === dayOf(now)) return t("times.today");
  if (dayOf(at) === dayOf(new Date(now.getTime() - DAY_MS))) return t("times.yesterday");
  return (at.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(at);
}

/** A key of the day in this zone. @param {Date} at */
export function dayOf(at) {
  return `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;
}

/** @param {string} text  as the API writes a time */
export function timeNode(text) {
  const at = new Date(text);
  return el("time", { datetime: text, title: exact(at), "data-near": true }, near(at));
}

/**
 * Let the near moments below a node grow old; returns what ends it.
 * @param {ParentNode} root
 */
export function keepFresh(root) {
  const ticking = setInterval(() => {
    for (const node of root.querySelectorAll("time[data-near]")) {
      const words = near(new Date(node.getAttribute("datetime") ?? ""));
      if (node.textContent !== words) node.textContent = words;
    }
  }, FRESH_MS);
  return () => clearInterval(ticking);
}
