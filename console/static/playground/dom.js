/** The page's own places: found once, filled anew. */

/**
 * Put these into the node in place of what it held.
 * @param {Element} node
 * @param {...import("../dom.js").Child} inside
 */
export function fill(node, ...inside) {
  node.replaceChildren(...inside.flatMap((each) => each || []));
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
