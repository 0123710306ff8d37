/**
 * Draws Google's card JSON, stricter than Google does: what it does not know is an error on screen,
 * so that a wrong name is seen here and not in a customer's Gmail.
 */

import { el } from "../../dom.js";
import { fill } from "../dom.js";
import { nodesOf } from "./markup.js";

const MOST_WIDGETS = 100;

/** @typedef {Record<string, any>} Json */
/** @typedef {(onClick: Json) => void} Press */

/** What each thing may hold. @type {Record<string, string[]>} */
const FIELDS = {
  card: ["header", "sections", "name", "fixedFooter", "cardActions"],
  header: ["title", "subtitle"],
  section: ["header", "widgets", "collapsible", "uncollapsibleWidgetsCount"],
  textParagraph: ["text"],
  decoratedText: [
    "text",
    "topLabel",
    "bottomLabel",
    "startIcon",
    "wrapText",
    "onClick",
    "button",
    "switchControl",
  ],
  buttonList: ["buttons"],
  button: ["text", "onClick", "disabled", "altText"],
  chipList: ["chips"],
  chip: ["label", "onClick", "disabled", "altText"],
  textInput: ["name", "label", "hintText", "type", "value"],
  divider: [],
  fixedFooter: ["primaryButton", "secondaryButton"],
};

/**
 * The card as nodes; `press` is called with the onClick (or the action of a switch).
 * @param {Json} card
 * @param {Press} press
 */
export function drawn(card, press) {
  check("card", card);
  check("header", card.header);
  let left = MOST_WIDGETS;
  const sections = card.sections.map((/** @type {Json} */ one) => {
    const widgets = one.widgets.slice(0, left);
    left -= widgets.length;
    return section({ ...one, widgets }, press);
  });
  return el(
    "article",
    { class: "addon-card", "data-card": card.name },
    el(
      "header",
      {},
      el("h2", {}, card.header.title),
      card.header.subtitle && el("p", { class: "hint" }, card.header.subtitle),
    ),
    ...sections,
    card.fixedFooter && footer(card.fixedFooter, press),
  );
}

/**
 * What the fields of a card hold now, as Gmail sends it: a switch that is off is left out.
 * @param {Element} place
 */
export function formInputs(place) {
  /** @type {Json} */
  const found = {};
  for (const field of place.querySelectorAll("input[name]")) {
    if (!(field instanceof HTMLInputElement)) continue;
    if (field.type === "checkbox" && !field.checked) continue;
    const value = field.type === "checkbox" ? "1" : field.value;
    found[field.name] = { stringInputs: { value: [value] } };
  }
  return found;
}

/**
 * @param {string} kind
 * @param {Json} value
 */
function check(kind, value) {
  for (const name of Object.keys(value)) {
    if (!FIELDS[kind]?.includes(name)) throw new Error(`a ${kind} has no ${name}`);
  }
}

/**
 * @param {Json} given
 * @param {Press} press
 */
function section(given, press) {
  check("section", given);
  const rows = given.widgets.map((/** @type {Json} */ one) => widget(one, press));
  const title = given.header ? nodesOf(given.header) : [];
  if (!given.collapsible) {
    const heading = title.length > 0 && el("h3", {}, ...title);
    return el("section", {}, heading, ...rows);
  }
  return el("details", {}, el("summary", {}, ...title), ...rows);
}

/**
 * @param {Json} given
 * @param {Press} press
 * @returns {HTMLElement}
 */
function widget(given, press) {
  const [kind, ...others] = Object.keys(given);
  const draw = kind ? WIDGETS[kind] : undefined;
  if (!kind || others.length || !draw) throw new Error(`no widget: ${Object.keys(given)}`);
  check(kind, given[kind]);
  return draw(given[kind], press);
}

/** @type {Record<string, (given: any, press: Press) => HTMLElement>} */
const WIDGETS = {
  textParagraph: ({ text }) => el("p", {}, ...nodesOf(text)),
  divider: () => el("hr"),
  decoratedText: decorated,
  buttonList: ({ buttons }, press) =>
    el("p", { class: "buttons" }, ...buttons.map((/** @type {Json} */ one) => button(one, press))),
  chipList: ({ chips }, press) =>
    el("p", { class: "chips" }, ...chips.map((/** @type {Json} */ one) => chip(one, press))),
  textInput: (given) =>
    el(
      "label",
      { class: "field" },
      given.label,
      el("input", {
        name: given.name,
        value: given.value ?? "",
        placeholder: given.hintText ?? "",
        autocomplete: "off",
      }),
    ),
};

/**
 * @param {Json} given
 * @param {Press} press
 */
function decorated(given, press) {
  const words = el(
    "span",
    { class: "names" },
    given.topLabel && el("span", { class: "hint" }, given.topLabel),
    el("span", {}, ...nodesOf(given.text)),
    given.bottomLabel && el("span", { class: "hint" }, given.bottomLabel),
  );
  const picture =
    given.startIcon &&
    el("img", {
      src: given.startIcon.iconUrl,
      alt: given.startIcon.altText,
      width: 20,
      height: 20,
    });
  if (given.switchControl) {
    const { name, selected, onChangeAction } = given.switchControl;
    const box = el("input", { type: "checkbox", name, role: "switch", checked: selected });
    box.addEventListener("change", () => press({ action: onChangeAction }));
    return el("label", { class: "decorated" }, picture, words, box);
  }
  if (given.onClick) {
    return el(
      "button",
      { type: "button", class: "subtle decorated", onclick: () => press(given.onClick) },
      picture,
      words,
    );
  }
  return el("div", { class: "decorated" }, picture, words);
}

/**
 * @param {Json} given
 * @param {Press} press
 */
function button(given, press) {
  check("button", given);
  return el(
    "button",
    { type: "button", disabled: given.disabled, onclick: () => press(given.onClick) },
    given.text,
  );
}

/**
 * @param {Json} given
 * @param {Press} press
 */
function chip(given, press) {
  check("chip", given);
  return el(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-pressed": given.disabled ? "true" : "false",
      "aria-label": given.altText,
      disabled: given.disabled,
      onclick: () => press(given.onClick),
    },
    given.label,
  );
}

/**
 * @param {Json} given
 * @param {Press} press
 */
function footer(given, press) {
  check("fixedFooter", given);
  const first = button(given.primaryButton, press);
  first.classList.add("primary");
  const second = given.secondaryButton && button(given.secondaryButton, press);
  return el("footer", { class: "buttons" }, first, second);
}

/**
 * Say what is wrong with a card instead of it.
 * @param {Element} place
 * @param {unknown} error
 */
export function refuse(place, error) {
  const why = error instanceof Error ? error.message : String(error);
  fill(place, el("p", { class: "message bad", role: "alert" }, why));
}
