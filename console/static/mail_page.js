/** The page of one mail: its history as the Feed shows it, 90 days back or everything. */

import { Api, bySession } from "./api.js";
import { el } from "./dom.js";
import { Feed } from "./feed.js";
import { t } from "./words.js";

const DAYS = "90";
const EVERYTHING = "0";

const root = document.querySelector("#feed");
if (root instanceof HTMLElement) {
  const span = el("p", { class: "hint line" });
  const list = el("div");
  root.replaceChildren(span, list);
  const feed = new Feed(list, new Api(bySession), {
    path: `/api/v1/stamps/${root.dataset.stamp}/history`,
    query: { days: DAYS },
    filters: false,
    poll: false,
    signinAddress: "/signin",
    ways: {
      hasSubject: false,
      personAddress: (id) => `/console/people/${id}`,
    },
  });
  const choose = (/** @type {string} */ days) => {
    tell(days);
    feed.choose({ days });
  };
  const tell = (/** @type {string} */ days) => {
    const other = days === DAYS ? EVERYTHING : DAYS;
    const text = t(days === DAYS ? "mail.show_all" : "mail.show_90");
    const hadFocus = span.contains(document.activeElement);
    const button = el("button", { type: "button" }, text);
    button.addEventListener("click", () => choose(other));
    span.replaceChildren(t(days === DAYS ? "mail.days_90" : "mail.days_all"), button);
    if (hadFocus) button.focus();
  };
  tell(DAYS);
  feed.start();
}
