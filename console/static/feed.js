/**
 * The Feed: engagements newest first under their days, kept up to date while it is seen. It knows
 * a root node, an API and options, no page: pages and panels use it alike.
 */

import { ApiError } from "./api.js";
import { View } from "./feed_view.js";
import { t } from "./words.js";

const POLL_MS = 15_000;
const SKELETON_MS = 300;
const SEEN_MS = 1_000; // so long a row has to be on the screen to count as seen
const LIMIT = 50;
const UPDATES = { poll: true, filters: true };

/** @typedef {import("./engagement.js").Item} Item */
/** @typedef {Record<string, string>} Query  kind, person, stamp, include_automatic; or days */

/**
 * @typedef {object} Options
 * @property {string} [path]  of the items; a mail's history has another
 * @property {Query} [query]  what to show at first
 * @property {import("./engagement.js").Ways} [ways]  where a row leads to
 * @property {boolean} [filters]  false where there is nothing to choose
 * @property {boolean} [poll]  false for a source that is not watched
 * @property {number} [pollMs]
 * @property {string} [signinAddress]  where to go when the session is over
 * @property {string} [trialAddress]  where a newcomer makes the first engagement
 * @property {(query: Query) => void} [onQuery]  another choice was made
 * @property {(unread: number) => void} [onUnread]  so many are unread in the whole Feed
 */

export class Feed {
  /**
   * @param {Element} root
   * @param {import("./api.js").Api} api
   * @param {Options} [options]
   */
  constructor(root, api, options = {}) {
    this.api = api;
    this.options = { path: "/api/v1/feed", pollMs: POLL_MS, ...UPDATES, ...options };
    /** @type {Query} */
    this.query = { ...options.query };
    /** @type {Query | null} what the items were asked for with */
    this.of = null;
    /** @type {Item[]} */
    this.items = [];
    /** @type {Set<string>} what was unread when it came onto the screen */
    this.fresh = new Set();
    /** @type {any} an answer with what is new, until it is asked for */
    this.waiting = null;
    this.next = "";
    this.etag = "";
    this.turn = 0;
    /** @type {Promise<unknown>} what stands above the rows, and would move them later */
    this.above = Promise.resolve();
    this.view = new View(root, this);
    this.visible = () => document.visibilityState === "visible" && this.poll();
    this.online = () => this.poll();
  }

  /** Show it, and keep it up to date until `stop`. */
  async start() {
    document.addEventListener("visibilitychange", this.visible);
    addEventListener("online", this.online);
    if (this.options.filters) this.above = this.sayUntracked().catch(() => null);
    this.ticking = this.options.poll && setInterval(this.visible, this.options.pollMs);
    await this.load();
    return this;
  }

  stop() {
    document.removeEventListener("visibilitychange", this.visible);
    removeEventListener("online", this.online);
    clearInterval(this.ticking || undefined);
    clearTimeout(this.seeing);
    this.turn += 1;
    this.view.end();
  }

  /**
   * Show other ones; a value of "" takes a choice back.
   * @param {Query} changes
   */
  async choose(changes) {
    const wanted = Object.entries({ ...this.query, ...changes }).filter(([, value]) => value);
    this.query = Object.fromEntries(wanted);
    this.options.onQuery?.(this.query);
    await this.load();
  }

  /** Is everything shown that counts, so that what is on the screen is all that is new? */
  get isWhole() {
    return !this.query.kind && !this.query.person && !this.query.stamp;
  }

  /** Ask for the newest and show them. */
  async load() {
    const turn = ++this.turn;
    this.view.busy();
    // One that was asked for before may still wait when another choice is long there.
    const slow = setTimeout(() => turn === this.turn && this.view.skeleton(), SKELETON_MS);
    try {
      const answer = await this.api.get(this.address());
      await this.above;
      if (turn !== this.turn) return;
      this.begin(answer.etag);
      this.show(answer.body.items, answer.body);
      this.view.say(t("feed.shown", { n: this.items.length }));
    } catch (error) {
      if (turn === this.turn) this.unanswered(asTrouble(error));
    } finally {
      clearTimeout(slow);
      if (turn === this.turn) this.view.idle();
    }
  }

  /** Nothing that came before counts for what is shown now. @param {string} etag */
  begin(etag) {
    this.of = this.query;
    this.etag = etag;
    this.waiting = null;
    this.view.news(0, false);
    this.fresh.clear();
  }

  /** Rows of this choice come back in the place of grey lines; those of another go. @param {ApiError} error */
  unanswered(error) {
    if (this.of !== this.query) {
      this.begin("");
      this.items = [];
    }
    if (this.items.length) this.view.show();
    this.view.trouble(error, !this.items.length);
  }

  /** What was sent untracked has no engagement; that it was is said above them. */
  async sayUntracked() {
    const answer = await this.api.get("/api/v1/feed/untracked");
    this.view.untracked(answer.body.items);
  }

  /** Ask for what comes after the last one shown. */
  async more() {
    const { turn, next } = this;
    this.view.hold();
    try {
      const answer = await this.api.get(this.address(next));
      if (turn !== this.turn || next !== this.next) return; // the list ends elsewhere by now
      const known = new Set(this.items.map((item) => item.id));
      const added = answer.body.items.filter((/** @type {Item} */ item) => !known.has(item.id));
      this.show([...this.items, ...added], { ...answer.body, unread: undefined });
      this.view.say(t("feed.more_shown", { n: added.length }));
    } catch (error) {
      if (turn === this.turn) this.view.trouble(asTrouble(error), false);
    } finally {
      if (turn === this.turn) this.view.idle(); // else it is another choice's button by now
    }
  }

  /** Ask whether anything has changed; what is new waits behind a button, nothing moves. */
  async poll() {
    const { turn } = this;
    // Until a choice is answered, the rows of another stand there.
    const isShown = () => turn === this.turn && this.of === this.query;
    if (!this.options.poll || document.visibilityState !== "visible") return;
    try {
      const answer = await this.api.get(this.address(), this.etag);
      if (!isShown()) return;
      this.view.calm();
      if (answer.status !== 304) this.take(answer);
    } catch (error) {
      if (isShown()) this.view.trouble(asTrouble(error), !this.items.length);
    }
  }

  /** Show what waited. */
  showWaiting() {
    const body = this.waiting;
    if (!body) return;
    const known = new Set(body.items.map((/** @type {Item} */ item) => item.id));
    const shared = this.items.filter((item) => known.has(item.id)).pop();
    this.waiting = null;
    this.view.news(0, false);
    // Without one that is in both, nobody knows what is between them.
    if (!shared) this.show(body.items, body);
    else {
      const older = this.items.slice(this.items.indexOf(shared) + 1);
      this.show([...body.items, ...older], { ...body, next: this.next });
    }
  }

  /** @param {import("./api.js").Answer} answer */
  take(answer) {
    this.etag = answer.etag;
    const known = new Map(this.items.map((item) => [item.id, item]));
    const newer = answer.body.items.filter((/** @type {Item} */ item) => !known.has(item.id));
    if (!this.items.length) {
      this.show(answer.body.items, answer.body);
    } else {
      const told = new Map(answer.body.items.map((/** @type {Item} */ item) => [item.id, item]));
      const kept = this.items.map((item) => told.get(item.id) ?? item);
      this.show(kept, { next: this.next, unread: answer.body.unread });
    }
    const isNews = this.items.length > 0 && newer.length > 0 && known.size > 0;
    this.waiting = isNews ? answer.body : null;
    this.view.news(isNews ? newer.length : 0, Boolean(answer.body.next));
  }

  /**
   * @param {Item[]} items
   * @param {{next: string | null, unread?: number}} told
   */
  show(items, told) {
    this.items = items;
    this.next = told.next ?? "";
    for (const item of items) if (item.unread) this.fresh.add(item.id);
    this.view.show();
    if (told.unread !== undefined) this.options.onUnread?.(told.unread);
    if (told.unread) this.noteSeen();
  }

  noteSeen() {
    clearTimeout(this.seeing);
    if (!this.isWhole) return;
    this.seeing = setTimeout(async () => {
      const newest = this.items
        .map((item) => item.id)
        .sort()
        .pop();
      if (!newest || document.visibilityState !== "visible") return;
      try {
        const { etag } = this;
        const answer = await this.api.put("/api/v1/feed/seen", { id: newest });
        if (etag === this.etag) this.options.onUnread?.(answer.body.unread);
      } catch {
        // It stays unread until the next view.
      }
    }, SEEN_MS);
  }

  /** @param {string} [before] */
  address(before = "") {
    const [path, fixed] = this.options.path.split("?");
    const wanted = new URLSearchParams(fixed);
    for (const [name, value] of Object.entries(this.query)) wanted.set(name, value);
    if (this.options.poll) wanted.set("limit", String(LIMIT));
    if (before) wanted.set("before", before);
    return `${path}?${wanted}`;
  }
}

/** @param {unknown} error */
function asTrouble(error) {
  if (error instanceof ApiError) return error;
  throw error;
}
