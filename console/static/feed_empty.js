/** What the Feed shows while there is nothing in it: what will be there, and what to do. */

import { el, icon } from "./dom.js";
import { row } from "./engagement.js";
import { present } from "./time.js";
import { t } from "./words.js";

/** A card for why nothing is shown. @param {import("./feed.js").Feed} feed */
export function empty(feed) {
  const { isWhole, query } = feed;
  const everything = { kind: "", person: "", stamp: "", include_automatic: "" };
  const show = (/** @type {string} */ key, /** @type {import("./feed.js").Query} */ what) =>
    el("button", { type: "button", onclick: () => feed.choose(what) }, t(key));
  const trial = feed.options.trialAddress;
  if (!feed.options.filters) return card("none", "feed.none_here", []);
  if (!isWhole) return card("search", "feed.none_fits", [show("feed.show_all", everything)]);
  return card(
    "feed",
    "feed.none_yet",
    [
      trial && el("a", { class: "button primary", href: trial }, t("feed.try_it")),
      !query.include_automatic && show("feed.show_automatic", { include_automatic: "true" }),
    ],
    example(),
  );
}

/**
 * A place where nothing is yet: what will be, and what to do.
 * @param {string} picture
 * @param {string} key
 * @param {import("./dom.js").Child[]} actions
 * @param {import("./dom.js").Child} [more]
 */
function card(picture, key, actions, more) {
  return el(
    "div",
    { class: "card empty" },
    icon(picture),
    el("h2", {}, t(key)),
    el("p", {}, t(`${key}_why`)),
    actions.some(Boolean) && el("p", { class: "line" }, ...actions),
    more,
  );
}

/** A row as it will look. */
function example() {
  /** @type {import("./engagement.js").Item} */
  const item = {
    id: "example",
    kind: "open",
    verdict: "human",
    counted: true,
    confidence: 0.9,
    reasons: ["mail_client"],
    hints: [],
    label: "likely_opened",
    occurred_at: new Date(present().getTime() - 180_000).toISOString(),
    repeats: 0,
    client_label: "Outlook · Windows",
    country: null,
    person: { id: "example", name: t("feed.example_name") },
    recipients: [],
    stamp: { id: "example", subject: t("feed.example_subject") },
    link: null,
  };
  const shown = row({ lead: item, same: [item], opens: [] }, false, {});
  return el(
    "figure",
    { class: "example" },
    el("figcaption", { class: "hint" }, t("feed.example")),
    el("ol", { class: "rows" }, shown),
  );
}
