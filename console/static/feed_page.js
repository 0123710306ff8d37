/** The page /console/feed: the Feed with the session's rights, its choices in the address. */

import { Api, bySession } from "./api.js";
import { Feed } from "./feed.js";

const CHOICES = ["kind", "person", "stamp", "include_automatic"];

/** @param {import("./feed.js").Query} query */
function remember(query) {
  const wanted = new URLSearchParams(query).toString();
  history.replaceState(null, "", wanted ? `?${wanted}` : location.pathname);
}

/** The counter beside the Feed's place in the frame. @param {number} unread */
function count(unread) {
  const counter = document.querySelector("[data-counter='/console/feed']");
  if (!(counter instanceof HTMLElement)) return;
  counter.hidden = !unread;
  const number = counter.querySelector(".counter");
  if (number) number.textContent = unread > 99 ? "99+" : String(unread);
}

const root = document.querySelector("#feed");
if (root instanceof HTMLElement) {
  const { trial } = root.dataset;
  const asked = [...new URLSearchParams(location.search)];
  const feed = new Feed(root, new Api(bySession), {
    query: Object.fromEntries(asked.filter(([name, value]) => CHOICES.includes(name) && value)),
    signinAddress: "/signin",
    trialAddress: trial,
    onQuery: remember,
    onUnread: count,
    ways: {
      mailAddress: (id) => `/console/mail/${id}`,
      personAddress: (id) => `/console/people/${id}`,
    },
  });
  feed.start();
}
