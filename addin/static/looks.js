/** The theme and the language of her preferences, kept in this browser for the panel to begin in. */

const LANGUAGES = /^(en|de)/;
const THEME = "telltale.theme";
const LANGUAGE = "telltale.language";

/** The theme that the panel wears. */
export function theme() {
  return localStorage.getItem(THEME) ?? "system";
}

/** Wear a theme from now on. @param {string} wanted */
export function wear(wanted) {
  localStorage.setItem(THEME, wanted);
  dress();
}

/** Speak a language from the next start on. @param {string} wanted  "system" is the browser's */
export function speak(wanted) {
  localStorage.setItem(LANGUAGE, wanted);
}

/** Begin as the preferences were when they were last told. */
export function begin() {
  const wanted = [localStorage.getItem(LANGUAGE) ?? "", ...navigator.languages];
  const known = wanted.find((each) => LANGUAGES.test(each)) ?? "en";
  document.documentElement.lang = known.slice(0, 2);
  dress();
}

function dress() {
  const { dataset } = document.documentElement;
  if (theme() === "light" || theme() === "dark") dataset.theme = theme();
  else delete dataset.theme;
}
