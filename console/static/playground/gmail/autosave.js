/** Gmail keeps a draft of what is being written, a moment after each change. */

import { call } from "../calls.js";
import { word } from "./addon.js";

const SAVE_MS = 800;

/** @typedef {{to: string, subject: string, html: string}} Written */

export class Autosave {
  /**
   * @param {() => Written} written what the window holds
   * @param {HTMLElement} note where it is said that it is kept
   */
  constructor(written, note) {
    this.written = written;
    this.note = note;
    /** What Gmail calls the draft; of one that was sent meanwhile it makes a new one. */
    this.id = "";
    /** Counts the changes: of another one than the last it is not said that all is kept. */
    this.changes = 0;
    /** The save that is on its way. @type {Promise<void>} */
    this.saving = Promise.resolve();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
    this.isResting = false;
  }

  /** Something has changed. */
  touch() {
    clearTimeout(this.waiting);
    this.note.textContent = "";
    this.changes += 1;
    if (this.isResting) return;
    this.waiting = setTimeout(() => {
      this.saving = this.saving.then(() => this.#keep());
    }, SAVE_MS);
  }

  /**
   * Save nothing until `resume`, not what the add-on puts in now either: it would become a new draft
   * once this one is sent. Done once the last save has arrived.
   */
  async rest() {
    this.isResting = true;
    clearTimeout(this.waiting);
    await this.saving;
  }

  /** The draft is still there: keep what it holds. */
  resume() {
    this.isResting = false;
    this.touch();
  }

  /** Throw the draft away. */
  async discard() {
    await this.rest();
    if (this.id) await call("gmail/discard", { draft: this.id }).catch(() => null);
  }

  async #keep() {
    const { changes } = this;
    const mail = { ...this.written(), draft: this.id };
    const answer = await call("gmail/drafts", mail).catch(() => null);
    if (answer) this.id = answer.id;
    if (changes === this.changes) this.note.textContent = word(answer ? "saved" : "not_saved");
  }
}
