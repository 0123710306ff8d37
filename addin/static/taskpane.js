/** Begins the panel: its language and looks first, since every other module asks for them. */

const LANGUAGES = ["en", "de"];
const THEME = "telltale.theme";

const wanted = [localStorage.getItem("telltale.language") ?? "", ...navigator.languages];
const known = wanted.map((each) => each.slice(0, 2)).find((each) => LANGUAGES.includes(each));
document.documentElement.lang = known ?? "en";

const theme = localStorage.getItem(THEME);
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

const { begin } = await import("./panel.js");
begin();
