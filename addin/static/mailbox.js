/**
 * The panel's way to Outlook: the only module that names Office. Its calls go through the handler's
 * own functions (events.js), which give each a time of its own.
 */

/// <reference types="office-js" />
/// <reference path="../types/panel.d.ts" />

const PATIENCE_MS = 12_000;
const KEY = "telltale";
const TOKEN = "telltale.read_token";

/** @typedef {{address: string, name: string}} Who */
/** @typedef {{role: string, address: string, name: string}} Recipient */
/**
 * The mail beside the panel; `item` tells one from another.
 * @typedef {object} Present
 * @property {"none" | "read" | "compose"} kind
 * @property {any} item
 * @property {boolean} isMine  the mailbox's own mail
 * @property {Who | null} from
 * @property {Who[]} others  whom it is about: the other end of a mail that is read
 * @property {string} subject
 */

/** @type {Promise<unknown> | null} */
let known = null;
let changed = () => {};

/**
 * Wait until Outlook says whose mailbox this is, which all else here asks; raises "no_outlook" when
 * this is no Outlook, a silent one, or one without a mail. From then on it is heard which mail is
 * open: one that is opened before that, Outlook tells of never.
 */
export function ready() {
  known ??= new Promise((resolve, reject) => {
    const fail = () => reject(new Error("no_outlook"));
    const timer = setTimeout(fail, PATIENCE_MS);
    const begin = async () => {
      await Office.onReady();
      clearTimeout(timer);
      const box = Office.context?.mailbox;
      if (!box?.userProfile.emailAddress) return fail();
      tryAsk(box, "addHandlerAsync", Office.EventType.ItemChanged, () => changed());
      resolve(undefined);
    };
    const script = document.querySelector("#office");
    if ("Office" in globalThis) begin();
    else {
      script?.addEventListener("load", begin);
      script?.addEventListener("error", fail);
    }
  });
  return known;
}

/** The mailbox's address. */
export function address() {
  return Office.context.mailbox.userProfile.emailAddress;
}

/** Which Outlook this is. */
export function client() {
  return clientOf();
}

/** Whether this Outlook signs its user in for a panel (nested app authentication). */
export function hasNestedSignIn() {
  return Boolean(Office.context.requirements?.isSetSupported("NestedAppAuth", "1.1"));
}

/** Whether this Outlook can put anything into a mail that is sent. */
export function canStamp() {
  return Boolean(Office.context.requirements?.isSetSupported("Mailbox", "1.9"));
}

/** The mail beside the panel now. @returns {Present} */
export function present() {
  const item = /** @type {any} */ (Office.context.mailbox.item);
  /** @type {Present} */
  const found = { kind: "none", item, isMine: false, from: null, others: [], subject: "" };
  if (!item) return found;
  if (typeof item.subject?.getAsync === "function") return { ...found, kind: "compose" };
  const own = address().toLowerCase();
  const from = item.from ? whoOf(item.from) : null;
  const isMine = from?.address === own;
  const to = [...(item.to ?? []), ...(item.cc ?? [])].map(whoOf);
  const ends = isMine || !from ? to : [from];
  const others = ends.filter((who) => who.address && who.address !== own);
  return { ...found, kind: "read", from, isMine, others, subject: String(item.subject ?? "") };
}

/** @param {any} person @returns {Who} */
function whoOf(person) {
  return {
    address: String(person.emailAddress ?? "").toLowerCase(),
    name: String(person.displayName ?? ""),
  };
}

/** Is that still the mail beside the panel? @param {Present} mail */
export function isPresent(mail) {
  return Office.context.mailbox.item === mail.item;
}

/** Call back when another mail is beside the panel (it is pinned). @param {() => void} call */
export function watch(call) {
  changed = call;
}

/** Call back when a draft's recipients change. @param {Present} mail @param {() => void} call */
export function watchRecipients(mail, call) {
  return tryAsk(mail.item, "addHandlerAsync", Office.EventType.RecipientsChanged, call);
}

/** Whom a draft goes to. @param {Present} mail @returns {Promise<Recipient[]>} */
export async function recipients(mail) {
  /** @type {Recipient[]} */
  const found = [];
  for (const role of ["to", "cc", "bcc"]) {
    const people = (await tryAsk(mail.item[role], "getAsync")) ?? [];
    for (const person of people) {
      const who = whoOf(person);
      if (who.address) found.push({ role, ...who });
    }
  }
  return found;
}

/** From whom a draft goes out. @param {Present} mail @returns {Promise<string>} */
export async function sender(mail) {
  const from = mail.item.from && (await tryAsk(mail.item.from, "getAsync"));
  return from?.emailAddress?.toLowerCase() ?? address();
}

/** A draft's HTML; null for one in plain text. @param {Present} mail @returns {Promise<string | null>} */
export async function html(mail) {
  const type = await ask(mail.item.body, "getTypeAsync");
  return String(type) === "html" ? ask(mail.item.body, "getAsync", "html", {}) : null;
}

/** What is kept with a draft. @param {Present} mail @param {object} settings */
export async function draftOf(mail, settings) {
  const job = jobOf(mail, settings);
  await readSession(job);
  return job.session;
}

/**
 * Take over a choice for a draft, queue its pixel or take it out, and say so in the mail. Raises
 * "other_mail" when another is beside the panel before it is done, which stays as it is.
 * @param {Present} mail
 * @param {object} settings
 * @param {{opens?: boolean, links?: boolean, left?: string[]}} choice
 */
export async function choose(mail, settings, choice) {
  const job = jobOf(mail, settings);
  await readSession(job);
  await takeOver(job, choice);
}

/** @param {Present} mail @param {object} settings @returns {Job} */
function jobOf({ item }, settings) {
  return { name: "switch", startedAt: Date.now(), isOver: false, item, settings, session: {} };
}

/** The stamp of a sent mail, by the mark the handler left; "" without. @param {Present} mail */
export async function stampOf(mail) {
  const properties = await tryAsk(mail.item, "loadCustomPropertiesAsync");
  return String(properties?.get("telltale-stamp") ?? "");
}

/** The handler's settings in this mailbox; null before it is connected. */
export function settings() {
  return Office.context.roamingSettings.get(KEY) ?? null;
}

/**
 * Keep the handler's settings in the mailbox, or take them out; what is not saved is not held either.
 * @param {object | null} value
 */
export async function keepSettings(value) {
  const before = settings();
  putSettings(value);
  try {
    await ask(Office.context.roamingSettings, "saveAsync");
  } catch (error) {
    putSettings(before);
    throw error;
  }
}

/** @param {object | null} value */
function putSettings(value) {
  if (value) Office.context.roamingSettings.set(KEY, value);
  else Office.context.roamingSettings.remove(KEY);
}

/** The panel's own token in this browser. */
export function token() {
  return localStorage.getItem(tokenKey()) ?? "";
}

/** @param {string} value  "" takes it out */
export function keepToken(value) {
  if (value) localStorage.setItem(tokenKey(), value);
  else localStorage.removeItem(tokenKey());
}

// Browsers keep the storage of a framed page apart by the page around it; Outlook says by what.
function tokenKey() {
  const context = /** @type {any} */ (Office.context);
  return `${context.partitionKey ?? ""}${TOKEN}.${address().toLowerCase()}`;
}
