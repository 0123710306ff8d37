/** The stage's calls to its own server. The page's CSRF token goes along with each that changes. */

/** What the server said no with: one sentence for the person. */
export class Refusal extends Error {}

/**
 * @param {string} path below /playground
 * @param {object} [body] sent by POST
 * @returns {Promise<any>}
 */
export async function call(path, body) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  /** @type {RequestInit} */
  const asked = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
  const answer = await fetch(`/playground/${path}`, { ...asked, headers });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(told.detail ?? "");
  return told;
}
