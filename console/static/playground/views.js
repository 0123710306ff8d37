/** Two views of one place: the window that writes, and the mailboxes. As tabs, by keyboard too. */

import { find } from "./dom.js";

const KEYS = /** @type {Record<string, (at: number, n: number) => number>} */ ({
  ArrowRight: (at, n) => (at + 1) % n,
  ArrowLeft: (at, n) => (at + n - 1) % n,
  Home: () => 0,
  End: (_at, n) => n - 1,
});

/** @param {HTMLElement} list the tablist */
export function mount(list) {
  const tabs = /** @type {HTMLElement[]} */ ([...list.querySelectorAll('[role="tab"]')]);
  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => show(tab.dataset.view ?? ""));
    tab.addEventListener("keydown", (event) => {
      const to = KEYS[event.key]?.(at, tabs.length);
      const next = to === undefined ? undefined : tabs[to];
      if (!next) return;
      event.preventDefault();
      show(next.dataset.view ?? "");
      next.focus();
    });
  }
}

/** @param {string} view */
export function show(view) {
  for (const tab of document.querySelectorAll('[role="tab"][data-view]')) {
    if (!(tab instanceof HTMLElement)) continue;
    const isShown = tab.dataset.view === view;
    tab.setAttribute("aria-selected", String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
    find(`#${tab.getAttribute("aria-controls")}`).hidden = !isShown;
  }
}
