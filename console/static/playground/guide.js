/** The guided first minute: three steps, the present one in words; skippable, and shown once. */

import { el } from "../dom.js";
import { t } from "../words.js";
import { on } from "./bus.js";
import { fill } from "./dom.js";

const DONE = "telltale_playground_guided";
const STEPS = ["write", "be", "see"];

/** @param {HTMLElement} panel */
export function mount(panel) {
  if (remembered()) {
    panel.hidden = true;
    return;
  }
  let step = 0;
  let isFinished = false;
  const draw = () => {
    document.documentElement.dataset.step = STEPS[step];
    fill(
      panel,
      el(
        "ol",
        { class: "steps" },
        ...STEPS.map((name, at) =>
          el(
            "li",
            { "aria-current": at === step && "step", class: at < step ? "done" : "" },
            el("span", { class: "number", "aria-hidden": "true" }, String(at + 1)),
            el("span", {}, t(`playground.guide.${name}`)),
          ),
        ),
      ),
      el("p", { class: "next", role: "status" }, t(`playground.guide.${STEPS[step]}_hint`)),
      el(
        "button",
        { type: "button", class: "subtle small", onclick: finish },
        t(isFinished ? "playground.guide.close" : "playground.guide.skip"),
      ),
    );
  };
  const to = (/** @type {number} */ next) => {
    if (panel.hidden || next <= step) return;
    step = next;
    isFinished = step === STEPS.length - 1;
    if (isFinished) remember();
    draw();
  };
  const finish = () => {
    remember();
    panel.hidden = true;
    delete document.documentElement.dataset.step;
  };
  draw();
  on("sent", () => to(1));
  on("opened", () => to(1));
  on("played", () => to(2));
}

function remembered() {
  try {
    return localStorage.getItem(DONE) === "1";
  } catch {
    return false; // storage is switched off: the guide is shown again, no harm done
  }
}

function remember() {
  try {
    localStorage.setItem(DONE, "1");
  } catch {
    // the same
  }
}
