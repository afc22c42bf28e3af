// Checks the size of the files that the browser loads, compressed with gzip: node sizes.mjs ../internal/web/dist
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dir = process.argv[2];
const manifest = JSON.parse(readFileSync(new URL("../dist/.vite/manifest.json", import.meta.url), "utf8"));
const size = (file) => statSync(join(dir, `${file}.gz`)).size;

/** Returns all files that a module needs: the module, its imports and their styles. */
function filesOf(key, files = new Set()) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return files;
  files.add(chunk.file);
  for (const style of chunk.css ?? []) files.add(style);
  for (const imported of chunk.imports ?? []) filesOf(imported, files);
  return files;
}

const sum = (files) => [...files].reduce((all, file) => all + size(file), 0);
const union = (...sets) => new Set(sets.flatMap((set) => [...set]));
const kB = (bytes) => (bytes / 1000).toFixed(1).padStart(6);

const gate = filesOf("index.html");
const frame = union(gate, filesOf("src/inside.tsx"));
const screens = Object.keys(manifest).filter((key) => manifest[key].isDynamicEntry && key !== "src/inside.tsx");
const index = statSync(join(dir, "index.html.gz")).size;
const whole = readdirSync(join(dir, "assets")).filter((name) => name.endsWith(".gz")).reduce((all, name) => all + statSync(join(dir, "assets", name)).size, 0);

const checks = [
  ["sign-in", sum(gate) + index, 50_000],
  ["Home, everything", sum(union(frame, filesOf("src/home/home.tsx"))) + index, 130_000],
  ["all files", whole, 1_000_000],
];
for (const key of screens) {
  const own = [...filesOf(key)].filter((file) => !frame.has(file));
  checks.push([`${key.replace(/^src\/|\.tsx$/g, "")}, beyond the frame`, sum(own), 40_000]);
}

let failed = false;
for (const [name, bytes, most] of checks) {
  const over = bytes > most;
  failed ||= over;
  console.log(`${kB(bytes)} kB of ${kB(most)}  ${name}${over ? "  TOO LARGE" : ""}`);
}
process.exit(failed ? 1 : 0);
