/** Make elements: text goes in as text, so whatever a stranger wrote stays text. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Inside */

/**
 * An element with these attributes (`onclick` and the like are listeners) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [given]
 * @param {...Inside} inside
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") {
      node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...shown(inside));
  return node;
}

/**
 * An icon of console/static/icons.svg by its name.
 * @param {string} name
 */
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${new URL("../icons.svg", import.meta.url)}#${name}`);
  picture.append(use);
  return picture;
}

/**
 * A state word as everywhere: its icon and its look go by its name.
 * @param {string} state
 * @param {string} text
 */
export function badge(state, text) {
  return make("span", { class: "badge", "data-state": state }, icon(state), make("span", {}, text));
}

/**
 * Put these into the node in place of what it held.
 * @param {Element} node
 * @param {...Inside} inside
 */
export function fill(node, ...inside) {
  node.replaceChildren(...shown(inside));
}

/**
 * The element of that selector; a page without it is not one of ours.
 * @param {string} selector
 * @param {ParentNode} [root]
 * @returns {HTMLElement}
 */
export function find(selector, root = document) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {Inside[]} inside */
function shown(inside) {
  return inside.filter((each) => each !== null && each !== undefined && each !== false);
}
