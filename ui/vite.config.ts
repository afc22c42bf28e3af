import { transformAsync } from "@babel/core";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { byId } from "./tools/messages.mjs";

/** Turns the messages that the code writes into calls of the catalogue. */
function messages(): Plugin {
  return {
    name: "messages",
    enforce: "pre",
    async transform(code, id) {
      const file = id.split("?")[0] ?? "";
      if (!/\.tsx?$/.test(file) || file.includes("node_modules") || !code.includes("@lingui/")) return null;
      const done = await transformAsync(code, {
        filename: file,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ["typescript", "jsx"] },
        // English stays in the code, so that each chunk has its own words.
        plugins: [["@lingui/babel-plugin-lingui-macro", { descriptorFields: "message" }]],
      });
      return done?.code ? { code: done.code, map: done.map } : null;
    },
  };
}

/** Gives each catalogue the ids of the messages, which the code has in place of the English texts. */
function catalogues(): Plugin {
  return {
    name: "catalogues",
    enforce: "pre",
    transform(code, id) {
      const language = /\/locales\/(\w+)\.json$/.exec(id)?.[1];
      return language ? { code: JSON.stringify(byId(language, JSON.parse(code))), map: null } : null;
    },
  };
}

/** Leaves only compressed files, because the server unpacks them if it must. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    enforce: "post",
    writeBundle(options) {
      const dir = options.dir ?? "dist";
      const names = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const entry of names) {
        const path = join(entry.parentPath, entry.name);
        if (!/\.(html|js|css|svg)$/.test(path)) continue;
        const text = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        rmSync(path);
      }
    },
  };
}

export default defineConfig({
  plugins: [messages(), catalogues(), compressed()],
  json: { stringify: true, namedExports: false },
  resolve: {
    alias: {
      "react-dom": "preact/compat",
      "react/jsx-runtime": "preact/jsx-runtime",
      react: "preact/compat",
    },
  },
  build: {
    outDir: "dist",
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: {
      checks: { pluginTimings: false },
      onLog(level, log, handle) {
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log); // "use client" means nothing here
      },
    },
  },
});
