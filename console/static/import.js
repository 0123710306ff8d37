/** An import's page while it runs: asks how far it is, and shows it without a reload. */

const job = document.getElementById("job");
const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");
const EVERY_MS = 700;

/** @param {Record<string, number>} counts */
function showCounts(counts) {
  for (const cell of document.querySelectorAll("[data-count]")) {
    const name = cell.getAttribute("data-count") ?? "";
    cell.textContent = numbers.format(counts[name] ?? 0);
  }
  const bar = document.querySelector("progress");
  if (bar) bar.value = counts.progress ?? 0;
}

async function ask() {
  const answer = await fetch(`/api/v1/people/imports/${job?.dataset.job}`);
  if (!answer.ok) return;
  const now = await answer.json();
  showCounts(now);
  // Another state is another page: what can be done then is made by the server.
  if (now.state !== job?.dataset.state) location.reload();
}

async function watch() {
  try {
    if (!document.hidden) await ask();
  } finally {
    setTimeout(watch, EVERY_MS);
  }
}

watch();
