/** A loop test's page while it runs: looks again by itself and shows what is new. */

const EVERY_MS = 1000;

/** The part of the page that changes. */
function part() {
  return document.getElementById("loop");
}

async function look() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("loop");
  if (now && now.textContent !== part()?.textContent) show(now);
}

/** In the place of what is there; a link that has the focus keeps it. @param {HTMLElement} now */
function show(now) {
  const address = part()?.querySelector("a:focus")?.getAttribute("href");
  part()?.replaceWith(now);
  if (!address) return;
  for (const link of now.querySelectorAll("a")) {
    if (link.getAttribute("href") === address) link.focus();
  }
}

async function watch() {
  try {
    if (!document.hidden) await look();
  } finally {
    if (part()?.dataset.over !== "yes") setTimeout(watch, EVERY_MS);
  }
}

setTimeout(watch, EVERY_MS);
