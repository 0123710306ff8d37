/**
 * Outlook's own sign-in (nested app authentication): msal asks Outlook by the bridge it gives its
 * panels, and no address itself. Both are loaded only when somebody connects and an app is set.
 * Only the access token leaves the page, to our own server, which gives the panel's two for it.
 * Source: learn.microsoft.com "Enable SSO in an Office Add-in using nested app authentication" (2026).
 */

/// <reference path="../types/panel.d.ts" />

import * as mailbox from "./mailbox.js";

const LIBRARY = new URL("vendor/msal-browser.min.js", import.meta.url).href;
const SILENT_MS = 10_000;
const PATIENCE_MS = 300_000; // whoever is asked may have to look for her phone

/** @typedef {"unavailable" | "cancelled" | "failed"} Why */

/** There is no token, and why. */
class NoToken extends Error {
  /** @param {Why} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}

const [clientId = "", authority = ""] = (document.body.dataset.entra ?? "").split(" ");

/** An access token of our app's, without a question if Outlook has one. Raises NoToken. */
export async function token() {
  const client = await within(SILENT_MS, nested());
  const request = { scopes: [`api://${clientId}/Track.Use`] };
  const silent = await within(SILENT_MS, client.acquireTokenSilent(request)).catch(() => null);
  if (silent) return silent.accessToken;
  try {
    return (await within(PATIENCE_MS, client.acquireTokenPopup(request))).accessToken;
  } catch (error) {
    const code = /** @type {any} */ (error)?.errorCode;
    throw new NoToken(code === "user_canceled" ? "cancelled" : "failed");
  }
}

/** msal over Outlook's bridge. Raises NoToken where there is none: its other ways need a window. */
async function nested() {
  if (!mailbox.hasNestedSignIn()) throw new NoToken("unavailable");
  await loaded();
  // Kept in memory: the token is exchanged at once, and nothing of it is left in the browser.
  const settings = { auth: { clientId, authority }, cache: { cacheLocation: "memoryStorage" } };
  /** @type {MsalClient | null} */
  let client = null;
  await msal.createNestablePublicClientApplication(settings, undefined, (given, controller) => {
    client = new msal.PublicClientApplication(given, controller);
    return client;
  });
  if (!client) throw new NoToken("unavailable");
  return /** @type {MsalClient} */ (client);
}

/** @type {Promise<unknown> | null} */
let loading = null;

function loaded() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = LIBRARY;
    script.onload = resolve;
    script.onerror = () => {
      loading = null; // a next try loads it anew
      script.remove();
      reject(new NoToken("unavailable"));
    };
    document.head.append(script);
  });
  return loading;
}

/** @template T @param {number} ms @param {Promise<T>} work @returns {Promise<T>} */
function within(ms, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new NoToken("unavailable")), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
