// Finds the messages in the code of the page, and prepares the catalogues for it.
import { parseSync, transformSync, traverse } from "@babel/core";
import { generateMessageId } from "@lingui/message-utils/generateMessageId";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const src = new URL("../src/", import.meta.url).pathname;

const sources = () =>
  readdirSync(src, { recursive: true }).map(String).filter((file) => /\.tsx?$/.test(file) && !/\.(test|d)\.ts$/.test(file)).sort();

const syntax = { babelrc: false, configFile: false, parserOpts: { plugins: ["typescript", "jsx"] } };

/** Returns the English messages of the code, in the order of the files. */
export function messagesOfCode() {
  const found = new Set();
  for (const file of sources()) {
    const code = readFileSync(join(src, file), "utf8");
    if (code.includes("@lingui/")) for (const message of messagesOf(code, join(src, file))) found.add(message);
  }
  return [...found];
}

function messagesOf(code, filename) {
  const { ast } = transformSync(code, {
    ...syntax, filename, ast: true, code: false, plugins: [["@lingui/babel-plugin-lingui-macro", { descriptorFields: "all" }]],
  });
  const found = [];
  const keep = (pairs) => {
    const { id, message } = Object.fromEntries(pairs);
    if (id && message) found.push(message);
  };
  const text = (node) => (node?.type === "JSXExpressionContainer" ? node.expression.value : node?.value);
  traverse(ast, {
    ObjectExpression: ({ node }) => keep(node.properties.filter((one) => one.key).map((one) => [one.key.name ?? one.key.value, text(one.value)])),
    JSXOpeningElement: ({ node }) => keep(node.attributes.filter((one) => one.name).map((one) => [one.name.name, text(one.value)])),
  });
  return found;
}

const spoken = ["label", "title", "placeholder", "alt", "aria-label", "aria-description", "what", "sub", "hint", "text", "name"];

/** Returns the texts in the code that readers see but that are in no message, each with its file. */
export function textsOutside() {
  const found = [];
  for (const file of sources().filter((name) => name.endsWith(".tsx"))) {
    const code = readFileSync(join(src, file), "utf8");
    const inMessage = (path) => path.findParent((one) => one.isJSXElement() && one.node.openingElement.name.name === "Trans");
    traverse(parseSync(code, { ...syntax, filename: join(src, file) }), {
      JSXText(path) {
        if (/\p{L}/u.test(path.node.value) && !inMessage(path)) found.push(`${file}: ${path.node.value.trim()}`);
      },
      JSXAttribute({ node }) {
        if (spoken.includes(String(node.name.name)) && node.value?.type === "StringLiteral" && /\p{L}.*\s|\p{Lu}/u.test(node.value.value)) found.push(`${file}: ${node.value.value}`);
      },
    });
  }
  return found;
}

const rightToLeft = ["ar"];

/** A placeholder that is not the whole text of a plural form. */
const placeholder = /(?<!(?:zero|one|two|few|many|other) )\{\w+\}/g;

const money = /\{\w+\}[ \u00a0](?:USD|\{(?:\w+C|c)urrency\})/g;

/**
 * Isolates what a message puts into a right-to-left sentence: an amount with its
 * currency is read from left to right, and everything else by its first letter.
 */
export function isolated(message) {
  const amounts = [];
  const held = message.replace(money, (found) => `\uE000${amounts.push(found) - 1}\uE001`);
  return held.replace(placeholder, "\u2068$&\u2069").replace(/\uE000(\d+)\uE001/g, (_, at) => `\u2066${amounts[at]}\u2069`);
}

/** Returns a catalogue by the ids that the code has in place of the English messages. */
export function byId(language, catalogue) {
  const write = rightToLeft.includes(language) ? isolated : (message) => message;
  return Object.fromEntries(Object.entries(catalogue).map(([english, message]) => [generateMessageId(english), write(message)]));
}
