/**
 * Begins the panel: its language and looks first, since every other module asks for them, and beside
 * their coming it listens to which mail is open.
 */

import * as looks from "./looks.js";
import * as mailbox from "./mailbox.js";

looks.begin();
mailbox.ready().catch(() => null); // the panel says it

const { begin } = await import("./panel.js");
begin();
