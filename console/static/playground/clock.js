/** The clock: the installation's time, and buttons that move all of it on. */

import { el } from "../dom.js";
import { locale } from "../time.js";
import { t } from "../words.js";
import { now, on, setClock, state } from "./bus.js";
import { call } from "./calls.js";
import { fill } from "./dom.js";

const HOUR_S = 3600;
const MORNING_H = 8.5;
const shown = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** @type {Record<string, () => number>} */
const MOVES = {
  hour: () => HOUR_S,
  morning: () => untilMorning(now()),
  week: () => 7 * 24 * HOUR_S,
};

/** @param {HTMLElement} panel */
export function mount(panel) {
  const time = el("time", { class: "now" });
  const ahead = el("span", { class: "hint" });
  const moves = el("div", {
    class: "moves",
    role: "group",
    "aria-label": t("playground.clock.move"),
  });
  const told = el("span", { class: "hidden", role: "status" });
  fill(panel, el("span", { class: "face" }, time, ahead), moves, told);

  const tick = () => {
    time.textContent = shown.format(now());
    time.dateTime = now().toISOString();
  };
  on("state", ({ clock }) => {
    tick();
    ahead.textContent = clock.ahead_s >= 60 ? t("playground.clock.ahead") : "";
    if (clock.is_movable && !moves.hasChildNodes()) {
      fill(moves, ...Object.keys(MOVES).map((name) => button(name, told)));
    }
  });
  setInterval(() => state() && tick(), 1000);
}

/**
 * @param {string} name
 * @param {HTMLElement} told
 */
function button(name, told) {
  const move = async () => {
    setClock(await call("clock", { by_s: MOVES[name]?.() ?? HOUR_S }));
    told.textContent = t("playground.clock.moved", { time: shown.format(now()) });
  };
  return el(
    "button",
    { type: "button", class: "small", onclick: move },
    t(`playground.clock.${name}`),
  );
}

/** @param {Date} from */
function untilMorning(from) {
  const morning = new Date(from);
  morning.setHours(Math.floor(MORNING_H), (MORNING_H % 1) * 60, 0, 0);
  if (morning <= from) morning.setDate(morning.getDate() + 1);
  return Math.max(1, Math.round((morning.getTime() - from.getTime()) / 1000));
}
