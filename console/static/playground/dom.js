/** The page's own places: found once, filled anew. */

import { arrange } from "../dom.js";

/**
 * Put these into the node in place of what it held.
 * @param {Element} node
 * @param {...import("../dom.js").Child} inside
 */
export function fill(node, ...inside) {
  node.replaceChildren(...inside.flatMap((each) => each || []));
}

/**
 * Give a list these rows. One that looks as before stays the very same, so that who presses it in
 * that moment has pressed it; what its listeners act on they look up when they are called. A button
 * that is drawn anew keeps the focus if it has the same `data-key`.
 * @param {Element} list
 * @param {...Element} rows
 */
export function renew(list, ...rows) {
  const focused = document.activeElement?.getAttribute("data-key");
  const before = [...list.children];
  const kept = rows.map((row) => {
    const at = before.findIndex((old) => old.isEqualNode(row));
    return at < 0 ? row : (before.splice(at, 1)[0] ?? row);
  });
  arrange(list, kept);
  for (const each of focused ? list.querySelectorAll("button") : []) {
    if (each.dataset.key === focused) each.focus();
  }
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
