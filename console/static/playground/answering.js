/** What may come back to the opened mail from whom it went to, each with one click. */

import { el, icon } from "../dom.js";
import { t } from "../words.js";
import { refresh, state } from "./bus.js";
import { call, why } from "./calls.js";
import { fill } from "./dom.js";
import { shown } from "./mailboxes.js";

const KINDS = [
  ["answer", "reply"],
  ["away", "automatic"],
  ["bounce", "warn"],
  ["invitation", "wait"],
];

/**
 * The ways to write back to a mail of one's own that lies in somebody else's mailbox, or null.
 * @param {string} mailId
 * @param {HTMLElement} result where it is said what happened
 */
export function answers(mailId, result) {
  const here = shown();
  if (!here?.mail.is_from_you || here.mailbox.is_yours) return null;
  const who = here.mailbox.name || here.mailbox.address;
  return el(
    "div",
    { class: "answers", role: "group", "aria-labelledby": "answers" },
    el("h3", { id: "answers" }, t("playground.answers.title", { who })),
    el(
      "p",
      {},
      ...KINDS.map(([kind = "", drawn = ""]) =>
        el(
          "button",
          {
            type: "button",
            class: "small",
            "data-answer": kind,
            onclick: () => send(mailId, kind, result),
          },
          icon(drawn),
          t(`playground.answers.${kind}`),
        ),
      ),
    ),
  );
}

/**
 * @param {string} mailId
 * @param {string} kind
 * @param {HTMLElement} result
 */
async function send(mailId, kind, result) {
  try {
    const { who } = await call("write-back", { mail: mailId, kind });
    fill(result, el("p", {}, t(`playground.answers.sent_${kind}`, { who })), unseen());
    // What is said stays in sight; the button that was pressed does so too.
    document.activeElement?.scrollIntoView({ block: "nearest" });
    refresh().catch(() => {});
  } catch (error) {
    fill(result, el("p", { class: "message bad" }, why(error, t("playground.failed"))));
  }
}

/** While the mailbox is not connected, that nothing is seen of it. */
function unseen() {
  if (state()?.is_captured) return null;
  const link = el("a", { href: "/console/mailboxes" }, t("playground.answers.connect"));
  return el("p", { class: "hint" }, `${t("playground.answers.unseen")} `, link);
}
