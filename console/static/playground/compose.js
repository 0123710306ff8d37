/** The compose window: who gets it, what will be measured of whom, and Send. */

import { el, icon } from "../dom.js";
import { t } from "../words.js";
import { addressesIn } from "./addresses.js";
import { on, tell } from "./bus.js";
import { call, why } from "./calls.js";
import { fill, find } from "./dom.js";

/** @typedef {{address: string, name: string, decision: string, reason: string}} Foreseen */

const PAUSE_MS = 250;
const form = /** @type {HTMLFormElement} */ (find("#compose"));
const to = /** @type {HTMLInputElement} */ (find("#to"));
const text = find("#body");
const people = find("#people");
const foreseen = find("#foreseen");
const fault = find("#fault");
let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

form.addEventListener("input", later);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
people.addEventListener("click", (event) => {
  const person = event.target instanceof Element ? event.target.closest("button") : null;
  if (person instanceof HTMLElement) toggle(person.dataset.address ?? "");
});
on("opened", () => {
  fault.hidden = true;
});
foresee();

/** What the window holds. */
function written() {
  const isChosen = (/** @type {string} */ name) =>
    /** @type {HTMLInputElement} */ (find(`#${name}`)).checked;
  const isHtml = !isChosen("plain");
  return {
    to: to.value,
    subject: /** @type {HTMLInputElement} */ (find("#subject")).value,
    body: isHtml ? text.getHTML() : text.innerText,
    is_html: isHtml,
    opens: isChosen("opens"),
    links: isChosen("links"),
    per_recipient: isChosen("per_recipient"),
  };
}

function later() {
  clearTimeout(pause);
  pause = setTimeout(foresee, PAUSE_MS);
}

/** @param {string} address */
function toggle(address) {
  const had = addressesIn(to.value);
  const has = had.includes(address);
  to.value = (has ? had.filter((each) => each !== address) : [...had, address]).join(", ");
  foresee();
}

async function foresee() {
  const number = ++asked;
  const { body, ...rest } = written();
  for (const person of people.querySelectorAll("button")) {
    person.setAttribute("aria-pressed", String(to.value.includes(person.dataset.address ?? " ")));
  }
  try {
    const found = await call("foresee", { ...rest, body: "" });
    if (number === asked) draw(found);
  } catch (error) {
    if (number !== asked) return;
    fill(foreseen, el("li", { class: "hint" }, why(error, t("playground.failed"))));
  }
}

/** @param {{reason: string, recipients: Foreseen[]}} found */
function draw(found) {
  const rows = found.recipients.map((who) => {
    const isLeft = Boolean(found.reason) || who.decision === "leave";
    const reason = who.decision === "leave" ? who.reason : found.reason || who.reason;
    return el(
      "li",
      {},
      el(
        "span",
        { class: `badge ${isLeft ? "plain" : "good"}` },
        icon(isLeft ? "stop" : "good"),
        t(`playground.foreseen.${isLeft ? "left" : measured()}`),
      ),
      el("bdi", { class: "strong" }, who.name || who.address),
      el("span", { class: "hint" }, t(`reasons.${reason}`)),
    );
  });
  fill(foreseen, ...rows);
}

function measured() {
  const { opens, links } = written();
  return opens && links ? "both" : opens ? "opens" : "links";
}

async function send() {
  const button = /** @type {HTMLButtonElement} */ (find("#send"));
  const from = document.activeElement;
  button.disabled = true;
  fault.hidden = true;
  try {
    tell("sent", { ...(await call("send", written())), from });
  } catch (error) {
    fill(fault, t("playground.compose.not_sent", { why: why(error, t("playground.failed")) }));
    fault.hidden = false;
  } finally {
    button.disabled = false;
  }
}
