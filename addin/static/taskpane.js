/** Begins the panel: its language and looks first, since every other module asks for them. */

import * as looks from "./looks.js";

looks.begin();

const { begin } = await import("./panel.js");
begin();
