/**
 * What every page does better with a script; each of them works without.
 * Tells the server the reader's time zone, closes an open menu by Escape or a click beside it, shows
 * where one is when the places do not fit, and sends once what is pressed twice.
 */

const ZONE_COOKIE = "telltale_zone";
const YEAR_S = 365 * 24 * 3600;
const PATIENCE_MS = 15_000; // a form whose answer has not come by then may be sent again

/** @type {WeakMap<HTMLFormElement, {by: HTMLElement | null, at: number}>} forms on their way */
let sent = new WeakMap();

/** Remember this browser's zone, so that the server writes days and times in it. */
function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Safari < 18.4
    document.cookie = `${ZONE_COOKIE}=${zone}; path=/; max-age=${YEAR_S}; SameSite=Lax`;
  }
}

/** @returns {NodeListOf<HTMLDetailsElement>} */
function openMenus() {
  return document.querySelectorAll("details.menu[open]");
}

/** @param {KeyboardEvent} event */
function closeByEscape(event) {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary")?.focus();
  }
}

/** @param {MouseEvent} event */
function closeByClick(event) {
  for (const menu of openMenus()) {
    if (!(event.target instanceof Node) || !menu.contains(event.target)) menu.open = false;
  }
}

/**
 * A form that is on its way goes nowhere once more by the same button; one that brings a file
 * (`data-file`) leaves its page as it is, and may.
 * @param {SubmitEvent} event
 */
function sendOnce(event) {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (form.getAttribute("method") !== "post" || form.hasAttribute("data-file")) return;
  const { submitter } = event;
  const before = sent.get(form);
  if (before?.by === submitter && Date.now() - before.at < PATIENCE_MS) event.preventDefault();
  else sent.set(form, { by: submitter, at: Date.now() });
}

/** Whoever comes back to the page finds every form as it was. */
function beginAnew() {
  sent = new WeakMap();
}

/** On a narrow screen the places and the tabs scroll. */
function showPlace() {
  for (const here of document.querySelectorAll(":is(.places, .tabs) [aria-current]")) {
    here.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

rememberZone();
showPlace();
document.addEventListener("keydown", closeByEscape);
document.addEventListener("click", closeByClick);
document.addEventListener("submit", sendOnce);
addEventListener("pageshow", beginAnew);
