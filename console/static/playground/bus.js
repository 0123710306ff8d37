/**
 * What the panels tell each other, and the one poll of the server's state.
 *
 *   state   clock, mailboxes, readers have changed       opened  a mail is shown
 *   played  a reader came to a mail                      explained  and what it was is told
 *   sent    the compose window sent a mail               away    whether the server answers
 */

import { api } from "./calls.js";

/** @typedef {{now: string, ahead_s: number, is_movable: boolean}} Clock */
/** @typedef {{id: string, subject: string, from: string, at: string, is_sent: boolean, is_from_you: boolean}} Mail */
/** @typedef {{address: string, name: string, is_yours: boolean, count: number, mails: Mail[]}} Mailbox */
/** @typedef {{id: string, icon: string, look: string, deeds: string[], is_more: boolean, needs: string}} Reader */
/** @typedef {{is_here: boolean, is_in_trouble: boolean}} Google */
/** @typedef {{clock: Clock, mailboxes: Mailbox[], readers: Reader[], is_believed: boolean, is_captured: boolean, google: Google}} State */

/** @typedef {"state" | "opened" | "played" | "explained" | "sent" | "away"} Name */

const POLL_MS = 1500;
const bus = new EventTarget();
let skewMs = 0;
let etag = "";
/** @type {State | null} */
let known = null;
/** Looks at the state that were begun, and the last of them that was told. */
const looks = { begun: 0, told: 0 };
/** How often the clock was moved from this page. */
let moves = 0;

/**
 * @param {Name} name
 * @param {(detail: any) => void} listener
 */
export function on(name, listener) {
  bus.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}

/**
 * @param {Name} name
 * @param {unknown} detail
 */
export function tell(name, detail) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

/** @returns {State | null} */
export function state() {
  return known;
}

/** The installation's time, which may be ahead of this browser's. */
export function now() {
  return new Date(Date.now() + skewMs);
}

/**
 * Take over the installation's time after a move of the clock.
 * @param {Clock} clock
 */
export function setClock(clock) {
  moves += 1;
  wind(clock);
}

/**
 * Moments everywhere on the page are told by this time (time.js).
 * @param {Clock} clock
 */
function wind(clock) {
  skewMs = Date.parse(clock.now) - Date.now();
  document.documentElement.dataset.ahead = String(clock.ahead_s);
  if (known) {
    known = { ...known, clock };
    tell("state", known);
  }
}

/** Ask for the state now, and tell it if it has changed; one that comes late takes nothing back. */
export async function refresh() {
  const look = ++looks.begun;
  const moved = moves;
  const answer = await api.get("/playground/state", etag);
  if (answer.status === 304 || look < looks.told) return;
  looks.told = look;
  etag = answer.etag;
  const clock = known && moved !== moves ? known.clock : answer.body.clock;
  known = answer.body;
  wind(clock);
}

/** Keep the state fresh while somebody looks at the page. */
export function poll() {
  const ask = () => (document.hidden ? Promise.resolve() : refresh());
  ask()
    .then(() => tell("away", false))
    .catch(() => tell("away", true))
    .finally(() => setTimeout(poll, POLL_MS));
}
