/**
 * Nodes made of data: text is always text, whoever wrote it, because nothing here parses HTML.
 */

/** @typedef {Node | string | false | null | undefined} Child */
/** @typedef {Record<string, string | number | boolean | ((event: any) => void) | null | undefined>} Attributes */

const SVG = "http://www.w3.org/2000/svg";
const ICONS = new URL("icons.svg", import.meta.url).pathname;

/**
 * An element with attributes and children; `false`, null and undefined are left out. An attribute
 * whose name begins with "on" is a listener, `true` an attribute without a value.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...kept(children));
  return made;
}

/**
 * An icon of icons.svg, hidden from who cannot see it: a word stands beside it.
 * @param {string} name
 */
export function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  drawn.append(use);
  return drawn;
}

/**
 * A state's word with its icon and looks.
 * @param {string} state  a key of words/<language>/states.json
 * @param {string} text
 */
export function badge(state, text) {
  return el("span", { class: "badge", "data-state": state }, icon(state), el("span", {}, text));
}

/**
 * Text that somebody else wrote, kept apart from the direction of the text around it.
 * @param {string} text
 * @param {string} [className]
 */
export function foreign(text, className) {
  return el("bdi", { class: className }, text);
}

/**
 * Text that only a screen reader says.
 * @param {string} text
 */
export function unseen(text) {
  return el("span", { class: "hidden" }, text);
}

/**
 * Give a node these children in this order, moving as few as can be: one with the focus keeps it.
 * @param {Element} parent
 * @param {Node[]} wanted
 */
export function arrange(parent, wanted) {
  const stays = new Set(wanted);
  for (const child of [...parent.childNodes]) if (!stays.has(child)) child.remove();
  wanted.forEach((child, at) => {
    const there = parent.childNodes[at] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
}

/**
 * Whether the focus is where it was when something was asked for, or nowhere: else it has gone on to
 * something that an answer must not take it from.
 * @param {Element | null} from
 */
export function isFree(from) {
  return document.activeElement === document.body || document.activeElement === from;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function kept(children) {
  return children.flatMap((child) => (child || child === "" ? [child] : []));
}
