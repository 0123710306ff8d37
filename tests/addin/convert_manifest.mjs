// Reads a manifest from standard input, converts it to the unified one and checks that against
// Microsoft's schema; prints {version, errors}. Neither package asks the network.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Converter } = require("office-addin-manifest-converter/lib/converter.js");
const { Utilities } = require("office-addin-manifest-converter/lib/utilities.js");
const { AppManifestUtils } = require("@microsoft/app-manifest");

Utilities.setWriteImageUrls(true);
const converter = new Converter(readFileSync(0, "utf8"), "en-US");
converter.convert();
const manifest = JSON.parse(JSON.stringify(converter.getJSON()));
const errors = await AppManifestUtils.validateAgainstSchema(manifest);
process.stdout.write(JSON.stringify({ version: manifest.version, errors }));
