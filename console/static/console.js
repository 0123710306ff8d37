/**
 * What pages do better with a script; each of them works without.
 * Tells the server the reader's time zone, and lets "5 min ago" grow old while the page stands.
 */

const ZONE_COOKIE = "telltale_zone";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_S = 365 * 24 * 3600;

/** Remember this browser's zone, so that the server writes days and times in it. */
function rememberZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Safari < 18.4
    document.cookie = `${ZONE_COOKIE}=${zone}; path=/; max-age=${YEAR_S}; SameSite=Lax`;
  }
}

/**
 * The words for a moment less than an hour ago; null when the server's own are to stay.
 * @param {number} agoMs
 * @returns {string | null}
 */
export function near(agoMs) {
  if (agoMs < MINUTE_MS) return "just now";
  if (agoMs < HOUR_MS) return `${Math.floor(agoMs / MINUTE_MS)} min ago`;
  return null;
}

function refreshTimes() {
  for (const time of document.querySelectorAll("time")) {
    const words = near(Date.now() - Date.parse(time.dateTime));
    const isNear = / ago$|^just now$/.test(time.textContent ?? "");
    if (words && isNear) time.textContent = words;
  }
}

rememberZone();
setInterval(refreshTimes, MINUTE_MS / 2);
