/** What a person holds stays while her card waits and is drawn anew: the focus, opened sections. */

const CONTROLS = "input, button, summary";

/** Names of the control that had the focus when the place began to wait. @type {string | null} */
let held = null;

/**
 * While a place is busy nothing in it can be pressed; afterwards the focus is where it was.
 * @param {HTMLElement} place
 * @param {boolean} isBusy
 */
export function hold(place, isBusy) {
  if (isBusy === place.inert) return;
  if (isBusy) held = keyOf(place, document.activeElement);
  place.inert = isBusy;
  if (isBusy || held === null) return;
  const isElsewhere = document.activeElement !== document.body;
  if (!isElsewhere) (controlOf(place, held) ?? headingOf(place))?.focus();
  held = null;
}

/**
 * Draw a place anew; the sections of the same card that were open are open again.
 * @param {HTMLElement} place
 * @param {HTMLElement} card
 */
export function redraw(place, card) {
  const before = place.querySelector("[data-card]");
  if (before instanceof HTMLElement && before.dataset.card === card.dataset.card) {
    const opened = [...before.querySelectorAll("details[open] > summary")].map(wordsOf);
    for (const section of card.querySelectorAll("details")) {
      section.open = opened.includes(wordsOf(section.querySelector("summary")));
    }
  }
  place.replaceChildren(card);
}

/**
 * @param {HTMLElement} place
 * @param {Element | null} control
 */
function keyOf(place, control) {
  return control && place.contains(control) ? nameOf(control) : null;
}

/**
 * @param {HTMLElement} place
 * @param {string} key
 * @returns {HTMLElement | undefined}
 */
function controlOf(place, key) {
  const controls = /** @type {HTMLElement[]} */ ([...place.querySelectorAll(CONTROLS)]);
  return controls.find((each) => nameOf(each) === key);
}

/** @param {HTMLElement} place */
function headingOf(place) {
  const heading = place.querySelector("h2");
  heading?.setAttribute("tabindex", "-1");
  return heading;
}

/** @param {Element} control */
function nameOf(control) {
  return control.getAttribute("name") ?? wordsOf(control);
}

/** @param {Element | null} node */
function wordsOf(node) {
  return node?.textContent ?? "";
}
