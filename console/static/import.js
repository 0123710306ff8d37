/** An import's page while it runs: asks how far it is, shows it without a reload, says when it cannot. */

const job = document.getElementById("job");
const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");
const EVERY_MS = 700;
const PATIENCE_MS = 15_000; // who goes elsewhere is not called back so long; a download leaves nothing

/** When somebody last went on to another page, which may take its time to come. */
let left = Number.NEGATIVE_INFINITY;

/** @param {Record<string, number>} counts */
function showCounts(counts) {
  for (const cell of document.querySelectorAll("[data-count]")) {
    const name = cell.getAttribute("data-count") ?? "";
    cell.textContent = numbers.format(counts[name] ?? 0);
  }
  const bar = document.querySelector("progress");
  if (bar) bar.value = counts.progress ?? 0;
}

/** Say in the live region that what is shown may be old, once; "" takes it back. @param {string} text */
function say(text) {
  const told = document.getElementById("told");
  if (told && told.textContent !== text) told.textContent = text;
}

async function ask() {
  const now = await fetched();
  say(now ? "" : (job?.dataset.lost ?? ""));
  if (!now) return;
  showCounts(now);
  // Another state is another page: what can be done then is made by the server.
  const isLeaving = performance.now() - left < PATIENCE_MS;
  if (now.state !== job?.dataset.state && !isLeaving) location.reload();
}

/** The import as it is now, or null without a connection or an answer. */
async function fetched() {
  try {
    const answer = await fetch(`/api/v1/people/imports/${job?.dataset.job}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function watch() {
  if (!document.hidden) await ask();
  setTimeout(watch, EVERY_MS);
}

addEventListener("beforeunload", () => {
  left = performance.now();
});
watch();
