/** What the panel's tabs share: waiting, trouble, empty places, and when tracking ran by itself. */

import { ApiError } from "../../console/static/api.js";
import { el, icon, unseen } from "../../console/static/dom.js";
import { exact, near } from "../../console/static/time.js";
import { t } from "../../console/static/words.js";

const SKELETON_MS = 300;

/** The installation, wherever it is mounted: the folder above this page's own. */
export const BASE = new URL("..", document.baseURI).href.replace(/\/$/, "");

/**
 * Fill a node by what `load` gives; grey shapes when that takes its time, the trouble with a way to
 * try again when it fails. A node that was replaced meanwhile stays as it is, and so does one that
 * is being filled: what is pressed twice is asked for once.
 * @param {HTMLElement} node
 * @param {() => Promise<(Node | null)[]>} load
 * @param {() => void} [again]
 */
export async function fill(node, load, again = () => fill(node, load)) {
  if (node.hasAttribute("aria-busy")) return;
  node.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => renew(node, ...skeleton()), SKELETON_MS);
  try {
    const parts = await load();
    clearTimeout(slow);
    renew(node, ...parts.filter((part) => part !== null));
  } catch (error) {
    clearTimeout(slow);
    renew(node, trouble(error, again));
  } finally {
    clearTimeout(slow);
    node.removeAttribute("aria-busy");
  }
}

/**
 * Put others in the place of a node's children. A focus that was among them goes to the control of
 * the same name, or to the tab; none is taken from the mail that is being written in Outlook, while
 * some browsers still name what had it here.
 * @param {HTMLElement} node
 * @param {...(Node | string)} parts
 */
export function renew(node, ...parts) {
  const focused = document.hasFocus() ? document.activeElement : null;
  const isWithin = focused !== node && node.contains(focused);
  node.replaceChildren(...parts);
  if (!focused || !isWithin) return;
  const name = CSS.escape(focused.getAttribute("name") ?? "");
  const same = name && node.querySelector(`:enabled[name="${name}"]`);
  const place = same || node.closest("[tabindex]");
  if (place instanceof HTMLElement) place.focus({ preventScroll: true });
}

function skeleton() {
  const cards = [1, 2, 3].map(() => el("div", { class: "card skeleton", "aria-hidden": true }));
  return [...cards, el("p", { class: "hidden", role: "status" }, t("outlook.loading"))];
}

/**
 * What went wrong, why, and what to do.
 * @param {unknown} error
 * @param {() => void} again
 */
export function trouble(error, again) {
  const kind = kindOf(error);
  const detail = error instanceof ApiError ? error.detail : "";
  return el(
    "div",
    { class: `message ${kind === "offline" ? "warn" : "bad"}`, role: "alert" },
    el("p", { class: "strong" }, t(`outlook.trouble_${kind}`)),
    el("p", {}, detail || t(`outlook.trouble_${kind}_do`)),
    el("p", {}, el("button", { type: "button", onclick: again }, t("outlook.again"))),
  );
}

/** @param {unknown} error */
function kindOf(error) {
  if (error instanceof ApiError) return error.trouble;
  const isOffline = error instanceof Error && /^network_/.test(error.message); // the handler's word
  return isOffline ? "offline" : "broken";
}

/**
 * A place where nothing is: what would be, and why it is not.
 * @param {string} picture
 * @param {string} key
 * @param {...import("../../console/static/dom.js").Child} more
 */
export function empty(picture, key, ...more) {
  return el(
    "div",
    { class: "card empty" },
    icon(picture),
    el("h2", {}, t(`outlook.${key}`)),
    el("p", {}, t(`outlook.${key}_why`)),
    ...more,
  );
}

/**
 * When tracking ran by itself last; never means that nobody has deployed the add-in.
 * @param {{occurred_at: string, client: string} | null} run
 */
export function health(run) {
  if (!run) {
    return el(
      "p",
      { class: "hint health" },
      icon("warn"),
      el("span", {}, t("outlook.health_never")),
    );
  }
  const at = new Date(run.occurred_at);
  const text = t("outlook.health", {
    when: near(at),
    client: t(`outlook.clients.${run.client}`),
  });
  return el("p", { class: "hint health", title: exact(at) }, icon("good"), el("span", {}, text));
}

/**
 * A switch with its picture, name and state in words; `key` tells it from others.
 * @param {{key: string, name: string, picture: string, isOn: boolean, isOff?: boolean, of?: string}} facts
 * @param {(isOn: boolean) => void} changed
 */
export function toggle({ key, name, picture, isOn, isOff, of }, changed) {
  const state = el("span", { class: "state", "aria-hidden": true }, stateOf(isOn));
  const box = el("input", {
    type: "checkbox",
    name: key,
    role: "switch",
    checked: isOn,
    disabled: isOff,
    onchange: () => {
      state.textContent = stateOf(box.checked);
      changed(box.checked);
    },
  });
  const label = el("label", { class: "toggle" }, icon(picture), el("span", {}, name));
  if (of) label.append(unseen(of));
  label.append(state, box);
  return label;
}

/** @param {boolean} isOn */
function stateOf(isOn) {
  return t(isOn ? "outlook.on" : "outlook.off");
}
