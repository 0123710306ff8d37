/**
 * Fills in the code that the panel's link carries behind the "#", which no server ever sees.
 */

const field = document.querySelector("#code");
const code = decodeURIComponent(location.hash.slice(1));

if (field instanceof HTMLInputElement && /^[A-Z]{4}-[A-Z]{4}$/.test(code)) {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}
