// Brings the catalogues in line with the code: adds the messages that are missing,
// with an empty text for the translator, and removes those that are no longer used.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { messagesOfCode } from "./messages.mjs";

const folder = new URL("../src/locales/", import.meta.url);
const messages = messagesOfCode();
for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
  const path = new URL(file, folder);
  const before = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, `${JSON.stringify(Object.fromEntries(messages.map((english) => [english, before[english] ?? ""])), null, 1)}\n`);
  const missing = messages.filter((english) => !before[english]);
  console.log(`${file}: ${messages.length} messages, ${missing.length} without a text`);
  for (const english of missing) console.log(`  ${english}`);
}
