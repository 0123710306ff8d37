/**
 * Connecting the panel with its user: a code that she types in a browser where she is signed in
 * (RFC 8628), while the panel asks whether she has.
 */

import { Api, ApiError } from "../../console/static/api.js";
import { el, icon } from "../../console/static/dom.js";
import { t } from "../../console/static/words.js";
import * as mailbox from "./mailbox.js";
import { BASE, trouble } from "./parts.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {{device_code: string, user_code: string, verification_uri: string, verification_uri_complete: string, expires_in: number, interval: number}} Started */

const nobody = new Api(() => ({}), BASE);

/** @param {HTMLElement} node @param {Panel} panel */
export function showConnect(node, panel) {
  const button = el(
    "button",
    { type: "button", class: "primary", onclick: () => start(node, panel) },
    t("outlook.connect"),
  );
  node.replaceChildren(
    el(
      "div",
      { class: "card empty" },
      icon("mail"),
      el("h2", { class: "title" }, t("outlook.welcome")),
      el("p", {}, t("outlook.welcome_why")),
      el("p", {}, button),
      el("p", { class: "hint" }, t("outlook.welcome_until")),
    ),
  );
}

/** @param {HTMLElement} node @param {Panel} panel */
async function start(node, panel) {
  const mailboxOf = { mailbox: mailbox.address(), client: mailbox.client() };
  try {
    const answer = await nobody.post("/api/v1/pairing/start", mailboxOf);
    showCode(node, answer.body);
    await wait(node, panel, answer.body);
  } catch (error) {
    node.replaceChildren(trouble(error, () => start(node, panel)));
  }
}

/** @param {HTMLElement} node @param {Started} started */
function showCode(node, started) {
  const open = el(
    "a",
    {
      class: "button primary",
      href: started.verification_uri_complete,
      target: "_blank",
      rel: "noopener noreferrer",
    },
    icon("forward"),
    t("outlook.pair.open"),
  );
  node.replaceChildren(
    el(
      "div",
      { class: "card empty" },
      el("h2", { class: "title" }, t("outlook.pair.title")),
      el("p", {}, t("outlook.pair.show", { address: started.verification_uri })),
      el("p", { class: "code" }, started.user_code),
      el("p", {}, open),
      el("p", { class: "hint", role: "status" }, t("outlook.pair.waiting")),
    ),
  );
  open.focus();
}

/** @param {HTMLElement} node @param {Panel} panel @param {Started} started */
async function wait(node, panel, started) {
  let pause = started.interval;
  const end = Date.now() + started.expires_in * 1000;
  while (node.isConnected && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    try {
      const answer = await nobody.post("/api/v1/pairing/poll", {
        device_code: started.device_code,
      });
      mailbox.keepToken(answer.body.read_token);
      await panel.refreshSettings(answer.body.stamp_token);
      if (node.isConnected) await panel.connected();
      return;
    } catch (error) {
      const what = error instanceof ApiError ? error.problem : "";
      if (what === "slow_down") pause += 5;
      else if (what === "access_denied" || what === "expired_token") throw error;
      else if (!isPassing(error)) throw error;
    }
  }
  if (node.isConnected) showConnect(node, panel);
}

/** Not yet approved, or nobody answers for now. @param {unknown} error */
function isPassing(error) {
  if (!(error instanceof ApiError)) return false;
  return error.problem === "authorization_pending" || error.trouble === "offline";
}
