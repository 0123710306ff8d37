/** What stands in a field of addresses, one by one, as it was typed. */

/** @param {string} text @returns {string[]} */
export function addressesIn(text) {
  return text
    .split(/[,;]/)
    .map((each) => each.trim())
    .filter(Boolean);
}
