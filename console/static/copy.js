/** Copy buttons beside what is shown once; without a script one selects and copies by hand. */

import { isFree } from "./dom.js";

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.getAttribute("data-copy") ?? "");
  if (!(button instanceof HTMLButtonElement)) continue;
  if (!field || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const isCopied = await navigator.clipboard.writeText(textOf(field)).then(
      () => true,
      () => false,
    );
    if (isCopied) button.textContent = button.dataset.done ?? button.textContent;
    // The browser may ask first: who has gone elsewhere until the answer is not called back.
    if (!isFree(button)) return;
    if (!isCopied) field.focus(); // it is left to the keys: what they copy is selected
    select(field);
  });
}

/** @param {HTMLElement} field */
function textOf(field) {
  return isInput(field) ? field.value : field.textContent;
}

/** @param {HTMLElement} field */
function select(field) {
  if (isInput(field)) field.select();
  else getSelection()?.selectAllChildren(field);
}

/** @param {HTMLElement} field @returns {field is HTMLInputElement | HTMLTextAreaElement} */
function isInput(field) {
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
}
