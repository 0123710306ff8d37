/** HTML of the add-on's as nodes: of its cards' texts, and what it puts into a draft. */

const TAGS = new Set(["B", "I", "U", "S", "BR"]);

/**
 * A card's text in Google's small subset of HTML; anything else in it stays text.
 * @param {string} text
 * @returns {Node[]}
 */
export function nodesOf(text) {
  const read = new DOMParser().parseFromString(text, "text/html");
  return [...read.body.childNodes].map(copy);
}

/**
 * @param {Node} node
 * @returns {Node}
 */
function copy(node) {
  if (!(node instanceof Element)) return document.createTextNode(node.textContent ?? "");
  if (!TAGS.has(node.tagName)) return document.createTextNode(node.outerHTML);
  const made = document.createElement(node.tagName);
  made.append(...[...node.childNodes].map(copy));
  return made;
}

/**
 * HTML for a draft, as Gmail puts it in: its elements without scripts and handlers. Styles are set
 * one by one, since the page's policy lets no HTML bring its own.
 * @param {string} html
 * @returns {Node[]}
 */
export function draftNodes(html) {
  const read = new DOMParser().parseFromString(
    html.replace(/\sstyle=/gi, " data-style="),
    "text/html",
  );
  for (const node of read.body.querySelectorAll("*")) {
    for (const { name, value } of [...node.attributes]) {
      if (name === "data-style" && node instanceof HTMLElement) node.style.cssText = value;
      if (name.startsWith("on") || name === "data-style") node.removeAttribute(name);
    }
  }
  for (const node of read.body.querySelectorAll("script, iframe, object")) node.remove();
  return [...read.body.childNodes].map((node) => document.importNode(node, true));
}
