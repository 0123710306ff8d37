/** Beside a draft the Person tab follows its recipients, as they are changed. */

import * as mailbox from "./mailbox.js";

const LOOK_MS = 3000; // not every Outlook tells of a change

/**
 * Show whom the draft goes to, and again whenever that has changed while the node is there.
 * @param {HTMLElement} node @param {mailbox.Present} mail @param {(people: mailbox.Who[]) => void} show
 */
export async function follow(node, mail, show) {
  let seen = "";
  const look = async () => {
    const people = await mailbox.recipients(mail);
    const now = JSON.stringify(people);
    if (now === seen || !mailbox.isPresent(mail)) return;
    seen = now;
    show(people);
  };
  await look();
  mailbox.watchRecipients(mail, () => node.isConnected && look());
  const ticking = setInterval(() => {
    if (!node.isConnected) clearInterval(ticking);
    else if (document.visibilityState === "visible") look();
  }, LOOK_MS);
}
