// Reads scripts from standard input, as a list of texts; says of each why an engine that knows
// ES2016 and no more would not take it, null if it would, and how often it has what was seen to stop
// the loading of a file in classic Outlook.
import { readFileSync } from "node:fs";
import { parse, tokenizer } from "acorn";

const OPTIONS = { ecmaVersion: 2016, sourceType: "script" };

function fault(text) {
  try {
    parse(text, OPTIONS);
  } catch (error) {
    return error.message;
  }
  const ternaries = [...tokenizer(text, OPTIONS)].filter((token) => token.type.label === "?");
  return ternaries.length ? "a ternary operator" : null;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(fault)));
