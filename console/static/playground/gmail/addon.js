/** The side panel: events out, cards in, a stack of cards for Gmail itself and for each draft. */

import { el } from "../../dom.js";
import { t } from "../../words.js";
import { call } from "../calls.js";
import { fill, find } from "../dom.js";
import { drawn, formInputs, refuse } from "./cards.js";
import { grantedScopes, question } from "./consent.js";
import { hold, redraw } from "./steady.js";

/** @typedef {import("./cards.js").Json} Json */
/** @typedef {{trigger: string, facts: () => Json, insert?: (type: string, html: string) => void}} Place */

const root = find("#gmail");
const place = find("#card");
const back = find("#back");
const base = `${root.dataset.base}/gmail-addon`;

/** Cards by the place they belong to, the one on top last. @type {Map<Place, Json[]>} */
const stacks = new Map();
/** Places whose cards show what has changed since. @type {Set<Place>} */
const stale = new Set();
/** Places that show a prompt in place of a card. @type {Set<Place>} */
const prompted = new Set();
/** The question a place waits for; the answer to an earlier one comes too late. @type {Map<Place, symbol>} */
const asking = new Map();
/** @type {Place | null} */
let current = null;
/** Takes the shown line away; that of a line before must not. @type {ReturnType<typeof setTimeout> | undefined} */
let ending;

/** Gmail itself, and the add-on's settings. */
export const HOME = /** @type {Place} */ ({ trigger: "home", facts: () => ({}) });
export const SETTINGS = /** @type {Place} */ ({ trigger: "settings", facts: () => ({}) });

back.addEventListener("click", () => {
  if (!current || asking.has(current)) return; // what is on its way belongs to the card on top
  stacks.get(current)?.pop();
  draw();
});

/**
 * Show the add-on for a place; asks it the first time, and when something has changed.
 * @param {Place} where
 */
export async function show(where) {
  current = where;
  if (asking.has(where)) {
    if (!stacks.get(where)?.length) fill(place);
    draw();
    settle();
  } else if (!stacks.get(where)?.length || stale.has(where)) await trigger(where);
  else draw();
}

/**
 * The window of a draft is gone.
 * @param {Place} where
 */
export function forget(where) {
  stacks.delete(where);
  asking.delete(where);
  if (current === where) show(HOME);
}

/** @param {Place} where */
async function trigger(where) {
  stale.delete(where);
  stacks.set(where, []);
  await ask(where, `${base}/${where.trigger}`, {});
}

/**
 * Send an event and do what the answer says, unless something else was asked meanwhile.
 * @param {Place} where
 * @param {string} url
 * @param {Json} common
 */
async function ask(where, url, common) {
  const turn = Symbol(url);
  asking.set(where, turn);
  settle();
  try {
    const answer = await answered(where, url, common);
    if (asking.get(where) !== turn) return;
    const missing = answer.requesting_google_scopes?.scopes;
    if (missing) consent(where, missing, () => ask(where, url, common));
    else apply(where, answer);
  } catch (error) {
    if (asking.get(where) === turn && current === where) refuse(place, error);
  } finally {
    if (asking.get(where) === turn) asking.delete(where);
    settle();
  }
}

/**
 * @param {Place} where
 * @param {string} url
 * @param {Json} common
 * @returns {Promise<Json>}
 */
async function answered(where, url, common) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const shared = { userLocale: document.documentElement.lang, timeZone: { id: zone, offset: 0 } };
  const { status, answer } = await call("gmail/event", {
    url,
    common: { ...shared, ...common },
    gmail: where.facts(),
    granted: grantedScopes(),
  });
  if (status !== 200) throw new Error(answer.detail ?? String(status));
  return answer;
}

/**
 * Ask for permissions as Google does; the event is sent again once they are granted.
 * @param {Place} where
 * @param {string[]} scopes
 * @param {() => void} again
 */
function consent(where, scopes, again) {
  if (current === where) redraw(place, question(scopes, again, draw));
}

/** While the shown card waits for its answer nothing on it can be pressed, as in Gmail. */
function settle() {
  const isBusy = current !== null && asking.has(current);
  place.setAttribute("aria-busy", String(isBusy));
  hold(place, isBusy);
}

/**
 * @param {Place} where
 * @param {Json} answer
 */
function apply(where, answer) {
  if (answer.custom_authorization_prompt) prompted.add(where);
  else prompted.delete(where);
  const actions = answer.renderActions ?? answer.custom_authorization_prompt ?? answer;
  const stack = stacks.get(where) ?? [];
  for (const step of actions.action?.navigations ?? []) {
    if (step.popToRoot) stack.length = Math.min(stack.length, 1);
    if (step.pushCard) stack.push(step.pushCard);
    if (step.updateCard) stack.splice(-1, 1, step.updateCard);
  }
  stacks.set(where, stack);
  const update = actions.hostAppAction?.gmailAction?.updateDraftActionMarkup?.updateBody;
  if (update) where.insert?.(update.type, update.insertContents[0].content);
  if (actions.action?.notification) toast(actions.action.notification.text);
  if (answer.stateChanged) for (const other of stacks.keys()) if (other !== where) stale.add(other);
  if (current === where) draw();
}

function draw() {
  const stack = (current && stacks.get(current)) ?? [];
  const card = stack.at(-1);
  back.hidden = stack.length < 2;
  if (!card || !current) return;
  const where = current;
  try {
    redraw(
      place,
      drawn(card, (onClick) => press(where, onClick)),
    );
  } catch (error) {
    refuse(place, error);
  }
  settle();
}

/**
 * @param {Place} where
 * @param {Json} onClick
 */
function press(where, onClick) {
  if (onClick.openLink) return visit(where, onClick.openLink);
  const { function: url, parameters } = onClick.action;
  if (!url.startsWith(`${base}/`)) return refuse(place, `not an address of the add-on: ${url}`);
  const pairs = parameters.map((/** @type {Json} */ one) => [one.key, one.value]);
  return ask(where, url, {
    parameters: Object.fromEntries(pairs),
    formInputs: formInputs(place),
  });
}

/**
 * Open a page. When it is closed again, the card that led to it is asked for anew, and every prompt;
 * what the person has turned to meanwhile stays as it is.
 * @param {Place} where
 * @param {Json} link
 */
function visit(where, link) {
  const opened = window.open(link.url, "_blank");
  if (link.onClose !== "RELOAD") return;
  const look = setInterval(() => {
    if (opened && !opened.closed) return;
    clearInterval(look);
    for (const each of [where, ...prompted]) if (stacks.has(each)) stale.add(each);
    if (current && stale.has(current)) show(current);
  }, 300);
}

/**
 * A line that shows for a moment.
 * @param {string} text
 * @param {{label: string, act: () => void}} [offer]
 * @param {number} [shown_s]
 */
export function toast(text, offer, shown_s = 4) {
  const line = find("#toast");
  const end = () => {
    line.hidden = true;
  };
  const act =
    offer && el("button", { type: "button", class: "small", onclick: offer.act }, offer.label);
  fill(line, `${text} `, act);
  act?.addEventListener("click", end);
  line.hidden = false;
  clearTimeout(ending);
  ending = setTimeout(end, shown_s * 1000);
  return end;
}

/** Words of the window. @param {string} key */
export const word = (key) => t(`gmail.window_${key}`);
