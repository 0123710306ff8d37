/** The Feed beside the stage: the one of every page and panel, with what is new shown at once. */

import { el } from "../dom.js";
import { Feed } from "../feed.js";
import { t } from "../words.js";
import { on } from "./bus.js";
import { api } from "./calls.js";
import { fill } from "./dom.js";

/** @typedef {import("../engagement.js").Item & {last_at: string}} Item */

const POLL_MS = 1000;
const LATELY = 30;

/** @param {HTMLElement} panel */
export function mount(panel) {
  const root = el("div", { class: "feed" });
  fill(panel, el("h2", { id: "feed" }, t("playground.feed.title")), root);
  const feed = new Feed(root, api, {
    // Elsewhere what is new waits behind a button; here somebody has just made it happen.
    pollMs: POLL_MS,
    query: {},
    signinAddress: "/signin",
    ways: { mailAddress: (id) => `/console/mail/${id}` },
  });
  feed.start();
  setInterval(() => feed.showWaiting(), POLL_MS);
  on("explained", async () => {
    await feed.poll();
    feed.showWaiting();
    unfold(root);
  });
}

/**
 * Show the reasons of the newest row, and of it alone.
 * @param {Element} root
 */
function unfold(root) {
  for (const [at, row] of root.querySelectorAll("li.row").entries()) {
    const why = row.querySelector("details");
    if (why) why.open = at === 0;
  }
}

/**
 * What came at or after that moment, machines' doings too.
 * @param {string} moment
 * @returns {Promise<Item[]>}
 */
export async function engagementsSince(moment) {
  const { body } = await api.get(`/api/v1/feed?include_automatic=true&limit=${LATELY}`);
  const since = Date.parse(moment);
  return body.items.filter((/** @type {Item} */ item) => Date.parse(item.last_at) >= since);
}
