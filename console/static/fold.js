/**
 * Repeats as one row (decision 0006): the same person, mail and class within half an
 * hour; a click also takes in the opens of its visit. For the eye only: what counts, counts.
 */

const WITHIN_MS = 30 * 60_000;

/** @typedef {import("./engagement.js").Item} Item */

/**
 * A row: its newest engagement, all of the same that are folded into it (newest first, the lead
 * among them), and the opens of a click's visit.
 * @typedef {{lead: Item, same: Item[], opens: Item[]}} Group
 */

/**
 * Groups in the order of their leads.
 * @param {Item[]} items  newest first
 * @returns {Group[]}
 */
export function fold(items) {
  /** @type {Group[]} */
  const groups = [];
  /** @type {Map<string, Group>} */
  const open = new Map();
  for (const item of items) {
    const visited = item.kind === "open" ? open.get(`visit ${visit(item)}`) : undefined;
    const same = open.get(kin(item));
    if (visited && item.counted && isNear(visited.lead, item)) visited.opens.push(item);
    else if (same && isNear(same.lead, item)) same.same.push(item);
    else groups.push(opened(open, item));
  }
  return groups;
}

/**
 * How often something was loaded or clicked in all of these.
 * @param {Item[]} items
 */
export function times(items) {
  return items.reduce((sum, item) => sum + item.repeats + 1, 0);
}

/**
 * @param {Map<string, Group>} open
 * @param {Item} item
 */
function opened(open, item) {
  const group = { lead: item, same: [item], opens: [] };
  open.set(kin(item), group);
  if (item.kind === "click" && item.counted) open.set(`visit ${visit(item)}`, group);
  return group;
}

/** @param {Item} newer @param {Item} older */
function isNear(newer, older) {
  return Date.parse(newer.occurred_at) - Date.parse(older.occurred_at) <= WITHIN_MS;
}

/**
 * Who did it to which mail. Of several who share a copy nobody is known, only by which program.
 * @param {Item} item
 */
function visit(item) {
  const isShared = !item.person && item.recipients.length > 1;
  return `${item.stamp.id} ${item.person?.id ?? (isShared ? item.client_label : "")}`;
}

/** @param {Item} item */
function kin(item) {
  return [visit(item), item.kind, item.verdict, item.label, item.link?.position ?? ""].join(" ");
}
