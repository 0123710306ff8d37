/** Behind the gear: who is connected, looks, whether tracking runs by itself, and disconnecting. */

import { Api, ApiError, byToken } from "../../console/static/api.js";
import { el, foreign } from "../../console/static/dom.js";
import { fact } from "../../console/static/engagement.js";
import { t } from "../../console/static/words.js";
import { theme, wear } from "./looks.js";
import * as mailbox from "./mailbox.js";
import { BASE, health, trouble } from "./parts.js";

const THEMES = ["system", "light", "dark"];
const RESTING = ["needs_reauth", "needs_admin", "paused"]; // until somebody has done something
const WAITING = [...RESTING, "delayed"];

/** @typedef {import("./panel.js").Panel} Panel */

/** The tab's parts. @param {Panel} panel */
export async function settingsOf(panel) {
  const me = (await panel.api.get("/api/v1/me")).body;
  const { mailboxes } = (await panel.api.get("/api/v1/mailboxes")).body;
  const handler = await panel.refreshSettings();
  return [
    el("h2", { class: "title" }, t("outlook.tab_settings")),
    el(
      "dl",
      { class: "card facts" },
      fact(t("outlook.pair.account"), foreign(me.email)),
      fact(t("outlook.pair.mailbox"), foreign(mailbox.address())),
      fact(t("outlook.organization"), foreign(me.organization.name)),
    ),
    ...mailboxes.map(syncing),
    el("section", { class: "card" }, health(handler.last_run)),
    looks(panel),
    leaving(panel),
  ];
}

/**
 * Where one of her mailboxes stands, and how far its mail is fetched.
 * @param {{address: string, provider: string, state: string, reason: string | null, code: string,
 *   capture_mode: string, done: number, total: number | null, is_estimate: boolean,
 *   is_filled: boolean}} box
 */
function syncing(box) {
  const isFetched = !box.is_filled && box.capture_mode !== "off";
  const key = box.is_estimate ? "filling_about" : box.total ? "filling_of" : "filling";
  const slots = { n: box.done, total: box.total ?? 0 };
  return el(
    "section",
    { class: "card" },
    el("p", { class: "strong" }, foreign(box.address)),
    el("p", {}, t(`connections.mailbox_${box.state}`)),
    ...next(box),
    isFetched && el("p", { id: `far-${box.address}` }, t(`connections.${key}`, slots)),
    isFetched &&
      !RESTING.includes(box.state) &&
      el("progress", {
        "aria-labelledby": `far-${box.address}`,
        max: box.total || null,
        value: box.total ? box.done : null,
      }),
  );
}

/**
 * Why nothing comes from a mailbox, and what to do; nothing where nobody is needed.
 * @param {{provider: string, state: string, reason: string | null, code: string}} box
 */
function next({ provider, state, reason, code }) {
  const slots = { provider: t(`connections.${provider}`), code };
  const isLed = state === "needs_reauth" || state === "paused";
  return [
    reason && el("p", {}, t(`connections.why_${reason}`, slots)),
    WAITING.includes(state) && el("p", { class: "hint" }, t(`outlook.mailbox_${state}`)),
    isLed && el("p", {}, pageOf("mailboxes", "outlook.mailboxes")),
  ];
}

/** The theme that was kept before those that are on their way, and how many these are. */
const keeping = { kept: "", count: 0 };

/** @param {Panel} panel */
function looks(panel) {
  const options = THEMES.map((each) =>
    el("option", { value: each }, t(`preferences.theme_${each}`)),
  );
  const said = el("div");
  const choose = async () => {
    const wanted = list.value;
    if (!keeping.count) keeping.kept = theme();
    keeping.count += 1;
    said.replaceChildren();
    wear(wanted);
    // One after the other, or the first choice may be the last to be kept.
    panel.choosing = panel.choosing
      .catch(() => null)
      .then(() => panel.api.put("/api/v1/preferences", { theme: wanted }));
    try {
      await panel.choosing;
      keeping.kept = wanted;
    } catch (error) {
      if (theme() !== wanted) return; // another was chosen since
      wear(keeping.kept);
      list.value = keeping.kept;
      const again = () => {
        list.value = wanted;
        choose();
      };
      said.replaceChildren(trouble(error, again));
    } finally {
      keeping.count -= 1;
    }
  };
  const list = el("select", { id: "theme", onchange: choose }, ...options);
  list.value = theme();
  return el(
    "div",
    { class: "card field" },
    el("label", { for: "theme" }, t("preferences.theme")),
    list,
    said,
  );
}

/** @param {Panel} panel */
function leaving(panel) {
  const said = el("div");
  const handler = byToken(() => mailbox.settings()?.token ?? "");
  const leave = async () => {
    said.replaceChildren();
    try {
      await takeBack(new Api(handler, BASE));
      await takeBack(panel.api);
    } catch (error) {
      said.replaceChildren(trouble(error, leave), stillConnected());
      return;
    }
    await mailbox.keepSettings(null).catch(() => null); // its token is worth nothing any more
    panel.disconnected();
  };
  return el(
    "section",
    { class: "card" },
    el("p", { class: "hint" }, t("outlook.disconnect_why")),
    el("p", {}, el("button", { type: "button", onclick: leave }, t("outlook.disconnect"))),
    said,
  );
}

/** Let the token of these calls open nothing any more; one that is over does not. @param {Api} api */
async function takeBack(api) {
  try {
    await api.delete("/api/v1/addin/token");
  } catch (error) {
    if (!(error instanceof ApiError && error.trouble === "signed_out")) throw error;
  }
}

function stillConnected() {
  return el(
    "p",
    {},
    t("outlook.still_connected"),
    " ",
    pageOf("preferences#tokens", "preferences.tokens"),
  );
}

/** A page of the console. @param {string} path @param {string} key  what it is called */
function pageOf(path, key) {
  const href = `${BASE}/console/${path}`;
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, t(key));
}
