/**
 * What the panels tell each other, and the one poll of the server's state.
 *
 *   state   clock, mailboxes, readers have changed       opened  a mail is shown
 *   played  a reader came to a mail                      sent    the compose window sent a mail
 */

import { call } from "./calls.js";

/** @typedef {{now: string, ahead_s: number, is_movable: boolean}} Clock */
/** @typedef {{id: string, subject: string, from: string, at: string, is_sent: boolean}} Mail */
/** @typedef {{address: string, name: string, is_yours: boolean, count: number, mails: Mail[]}} Mailbox */
/** @typedef {{id: string, icon: string, look: string, deeds: string[], is_more: boolean, needs: string}} Reader */
/** @typedef {{clock: Clock, mailboxes: Mailbox[], readers: Reader[], is_believed: boolean}} State */

const POLL_MS = 1500;
const bus = new EventTarget();
let skewMs = 0;
/** @type {State | null} */
let known = null;

/**
 * @param {"state" | "opened" | "played" | "sent"} name
 * @param {(detail: any) => void} listener
 */
export function on(name, listener) {
  bus.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail));
}

/**
 * @param {"state" | "opened" | "played" | "sent"} name
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

/** @param {Clock} clock */
export function setClock(clock) {
  skewMs = Date.parse(clock.now) - Date.now();
  if (known) {
    known = { ...known, clock };
    tell("state", known);
  }
}

/** Ask for the state now and tell it. */
export async function refresh() {
  const found = /** @type {State} */ (await call("state"));
  skewMs = Date.parse(found.clock.now) - Date.now();
  const isNew = JSON.stringify(plain(known)) !== JSON.stringify(plain(found));
  known = found;
  if (isNew) tell("state", found);
}

/** Keep the state fresh while somebody looks at the page. */
export function poll() {
  const ask = () => (document.hidden ? Promise.resolve() : refresh().catch(() => {}));
  ask().finally(() => setTimeout(poll, POLL_MS));
}

/** @param {State | null} found */
function plain(found) {
  return found && { ...found, clock: { ...found.clock, now: "" } };
}
