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
    /** The save that is on its way. @type {Promise<void>} */
    this.saving = Promise.resolve();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.waiting = undefined;
  }

  /** Something has changed. */
  touch() {
    clearTimeout(this.waiting);
    this.note.textContent = "";
    this.waiting = setTimeout(() => {
      this.saving = this.saving.then(() => this.#keep());
    }, SAVE_MS);
  }

  /** Save nothing more; done once the last save has arrived. */
  async rest() {
    clearTimeout(this.waiting);
    await this.saving;
  }

  /** Throw the draft away. */
  async discard() {
    await this.rest();
    if (this.id) await call("gmail/discard", { draft: this.id }).catch(() => null);
  }

  async #keep() {
    const mail = { ...this.written(), draft: this.id };
    const answer = await call("gmail/drafts", mail).catch(() => null);
    if (answer) this.id = answer.id;
    this.note.textContent = word(answer ? "saved" : "not_saved");
  }
}
