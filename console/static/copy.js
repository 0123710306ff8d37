/** Copy buttons beside what is shown once; without a script one selects and copies by hand. */

for (const button of document.querySelectorAll("button[data-copy]")) {
  const field = document.getElementById(button.getAttribute("data-copy") ?? "");
  if (!(button instanceof HTMLButtonElement)) continue;
  if (!field || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
      await navigator.clipboard.writeText(field.value);
      field.select();
    } else {
      await navigator.clipboard.writeText(field.textContent);
      getSelection()?.selectAllChildren(field);
    }
    button.textContent = button.dataset.done ?? button.textContent;
  });
}
