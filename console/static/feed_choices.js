/** What one chooses to see of the Feed: a kind, without what machines did, one person or mail. */

import { el, icon } from "./dom.js";
import { t } from "./words.js";

const KINDS = ["", "open", "click", "reply", "bounce"];

export class Choices {
  /** @param {import("./feed.js").Feed} feed */
  constructor(feed) {
    this.feed = feed;
    this.name = "";
    this.node = el("div", { class: "filters" });
  }

  /** Show them as they stand now; the one just made keeps the focus. */
  show() {
    const { query } = this.feed;
    const chips = KINDS.map((kind) =>
      el(
        "button",
        {
          type: "button",
          class: "chip",
          "aria-pressed": String((query.kind ?? "") === kind),
          onclick: () => this.feed.choose({ kind }),
        },
        t(`feed.kind_${kind || "all"}`),
      ),
    );
    const focused = [...this.node.querySelectorAll("button, input")].indexOf(
      /** @type {Element} */ (document.activeElement),
    );
    this.node.replaceChildren(
      el("div", { class: "chips", role: "group", "aria-label": t("feed.kinds") }, ...chips),
      this.automatic(),
      ...this.chosen(),
    );
    if (focused < 0) return;
    const controls = [...this.node.querySelectorAll("button, input")];
    const back = controls[focused] ?? controls.at(-1); // what took a choice back goes with it
    if (back instanceof HTMLElement) back.focus();
  }

  automatic() {
    const { query } = this.feed;
    const box = el("input", {
      type: "checkbox",
      role: "switch",
      checked: !query.include_automatic,
      onchange: () => this.feed.choose({ include_automatic: box.checked ? "" : "true" }),
    });
    return el("label", { class: "choice" }, box, t("feed.hide_automatic"));
  }

  /** The one person or mail that is shown, with a way back. */
  chosen() {
    const { query } = this.feed;
    if (!query.person && !query.stamp) return [];
    const text = t(query.person ? "feed.one_person" : "feed.one_mail", { name: this.nameOf() });
    const clear = () => this.feed.choose({ person: "", stamp: "" });
    const label = el("button", { type: "button", class: "chip", "aria-pressed": "true" });
    label.append(
      el("bdi", {}, text),
      icon("close"),
      el("span", { class: "hidden" }, t("feed.clear")),
    );
    label.addEventListener("click", clear);
    return [el("div", { class: "chips" }, label)];
  }

  nameOf() {
    const { query, items } = this.feed;
    const item = items[0];
    const found = query.person ? item?.person?.name : item?.stamp.subject;
    return this.name || found || t(query.person ? "feed.a_person" : "feed.a_mail");
  }

  /**
   * Show one person or one mail only.
   * @param {{person?: string, stamp?: string}} what
   * @param {string} name
   */
  only(what, name) {
    this.name = name;
    return this.feed.choose({ person: "", stamp: "", ...what });
  }
}
