/**
 * Connecting the panel with its user: by Outlook's own sign-in where an Entra app is set, else (or
 * when that does not do) by a code that she types in a browser where she is signed in (RFC 8628),
 * while the panel asks whether she has.
 */

import { Api, ApiError } from "../../console/static/api.js";
import { el, icon } from "../../console/static/dom.js";
import { t } from "../../console/static/words.js";
import * as mailbox from "./mailbox.js";
import { BASE, fill, renew, trouble } from "./parts.js";

/** @typedef {import("./panel.js").Panel} Panel */
/** @typedef {{device_code: string, user_code: string, verification_uri: string, verification_uri_complete: string, expires_in: number, interval: number}} Started */

const PAIRING = "/api/v1/pairing/";
const hasEntra = Boolean(document.body.dataset.entra);
const nobody = new Api(() => ({}), BASE);

/** What invites to connect. @param {HTMLElement} node @param {Panel} panel */
export function connectingOf(node, panel) {
  const invitation = card(
    icon("mail"),
    title(t("outlook.welcome")),
    el("p", {}, t(hasEntra ? "outlook.welcome_why_entra" : "outlook.welcome_why")),
    el(
      "p",
      {},
      button("outlook.connect", "primary", () => (hasEntra ? signIn : start)(node, panel)),
      hasEntra && button("outlook.use_code", "subtle", () => start(node, panel)),
    ),
    hint(t("outlook.welcome_until")),
  );
  return [invitation];
}

/** @param {HTMLElement} node @param {Panel} panel */
async function signIn(node, panel) {
  const waiting = card(
    icon("mail"),
    title(t("outlook.signing_in")),
    hint(t("outlook.signing_in_where"), "status"),
  );
  renew(node, waiting);
  let token;
  try {
    const entra = await import("./entra.js");
    token = await entra.token();
    const answer = await nobody.post(`${PAIRING}entra`, { ...whose(), token });
    await finish(panel, answer.body);
  } catch (error) {
    if (!node.isConnected) return;
    const why = reasonOf(error);
    if (why) await start(node, panel, why, why === "not_linked" ? token : undefined);
    else
      renew(
        node,
        trouble(error, () => signIn(node, panel)),
      );
  }
}

/** Why it has to be the code; "" for what may do when it is tried again. @param {any} error */
function reasonOf(error) {
  if (!(error instanceof ApiError)) return error.why ?? "failed";
  if (error.status === 403) return error.problem.replace("-", "_");
  return error.status === 401 || error.status === 404 ? "failed" : "";
}

function whose() {
  return { mailbox: mailbox.address(), client: mailbox.client() };
}

/**
 * By the code.
 * @param {HTMLElement} node
 * @param {Panel} panel
 * @param {string} [why]  Microsoft's sign-in does not do
 * @param {string} [token]  of the account that may be linked by approving
 */
async function start(node, panel, why = "", token) {
  const again = () => start(node, panel, why, token);
  const load = async () => {
    const started = (await nobody.post(`${PAIRING}start`, { ...whose(), token })).body;
    wait(node, panel, started).catch((error) => renew(node, trouble(error, again)));
    return [codeOf(started, why)];
  };
  await fill(node, load, again);
  const open = node.querySelector("a.primary");
  // She may have gone elsewhere while the code came: to the mail she writes, or to a tab.
  const focused = document.hasFocus() ? document.activeElement : null;
  const isHere = focused === document.body || node.parentElement?.contains(focused);
  if (isHere && open instanceof HTMLElement) open.focus();
}

/** @param {Started} started @param {string} why */
function codeOf(started, why) {
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
  return card(
    title(t("outlook.pair.title")),
    why && el("p", { class: "message warn" }, t(`outlook.entra_${why}`)),
    el("p", {}, t("outlook.pair.show", { address: started.verification_uri })),
    el("p", { class: "code" }, started.user_code),
    el("p", {}, open),
    hint(t("outlook.pair.waiting"), "status"),
  );
}

/** @param {...import("../../console/static/dom.js").Child} parts */
function card(...parts) {
  return el("div", { class: "card empty" }, ...parts);
}

/** @param {string} text */
function title(text) {
  return el("h2", { class: "title" }, text);
}

/** @param {string} text @param {string} [role] */
function hint(text, role) {
  return el("p", { class: "hint", role }, text);
}

/** @param {string} word @param {string} looks @param {() => void} onclick */
function button(word, looks, onclick) {
  return el("button", { type: "button", class: looks, onclick }, t(word));
}

/** @param {HTMLElement} node @param {Panel} panel @param {Started} started */
async function wait(node, panel, started) {
  let pause = started.interval;
  const end = Date.now() + started.expires_in * 1000;
  while (node.isConnected && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
    try {
      const answer = await nobody.post(`${PAIRING}poll`, { device_code: started.device_code });
      return await finish(panel, answer.body);
    } catch (error) {
      const what = error instanceof ApiError ? error.problem : "";
      if (what === "slow_down") pause += 5;
      else if (!isPassing(error)) throw error;
    }
  }
  if (node.isConnected) renew(node, ...connectingOf(node, panel));
}

/** @param {Panel} panel @param {{read_token: string, stamp_token: string}} tokens */
async function finish(panel, tokens) {
  mailbox.keepToken(tokens.read_token);
  await panel.refreshSettings(tokens.stamp_token);
  await panel.connected(); // also when another mail is beside the panel now
}

/** Not yet approved, or nobody answers for now. @param {unknown} error */
function isPassing(error) {
  if (!(error instanceof ApiError)) return false;
  return error.problem === "authorization_pending" || error.trouble === "offline";
}
