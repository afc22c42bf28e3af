// Lints OpenAPI documents by the rules of redocly.yaml. It fails if there are
// problems:
//
//   node lint.mjs FILE...
import { lint, loadConfig, formatProblems } from "@redocly/openapi-core";

const config = await loadConfig({ configPath: new URL("redocly.yaml", import.meta.url).pathname });
let found = 0;
for (const file of process.argv.slice(2)) {
  const problems = (await lint({ ref: file, config })).filter((problem) => !problem.ignored);
  found += problems.length;
  if (problems.length > 0) {
    formatProblems(problems, { format: "stylish", totals: { errors: problems.length, warnings: 0, ignored: 0 }, version: "" });
  }
  console.log(`${file}: ${problems.length === 0 ? "keeps every rule" : problems.length + " problems"}`);
}
process.exitCode = found > 0 ? 1 : 0;
