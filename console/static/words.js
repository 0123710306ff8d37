/**
 * The catalogue for scripts: the texts of backend/words in the page's language, by the same rules.
 * A module that imports `t` runs once the texts are there. Their address carries the hash of all
 * static files, so a browser asks for them once.
 */

/** @typedef {string | Record<"one" | "other", string>} Text */

const language = document.documentElement.lang || "en";
const numbers = new Intl.NumberFormat(language);

/** @type {Record<string, Text>} */
const texts = await fetched(new URL(`words/${language}.json`, import.meta.url));

/**
 * The text for a key such as "feed.new", its slots filled; `n` also chooses between one and many.
 * @param {string} key
 * @param {Record<string, string | number>} [slots]
 * @returns {string}
 */
export function t(key, slots = {}) {
  const found = texts[key] ?? plain(key);
  const text = typeof found === "string" ? found : found[slots.n === 1 ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (_slot, name) => shown(slots[name] ?? ""));
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === "number" ? numbers.format(value) : value;
}

/** @param {string} key */
function plain(key) {
  return (key.split(".").pop() ?? "").replaceAll("_", " ");
}

/**
 * @param {URL} address
 * @returns {Promise<Record<string, Text>>}
 */
async function fetched(address) {
  try {
    const answer = await fetch(address);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {}; // keys in plain letters are better than a page without its script
  }
}
