import { compileMessage } from "@lingui/message-utils/compileMessage";
import { setupI18n } from "@lingui/core";
import { describe, expect, it } from "vitest";
import { byId, isolated, messagesOfCode, textsOutside } from "../../tools/messages.mjs";
import { languages } from "../lib/locale";
import ar from "./ar.json?raw";
import es from "./es.json?raw";

const catalogues: Record<string, Record<string, string>> = { ar: JSON.parse(ar), es: JSON.parse(es) };
const messages = messagesOfCode();

/** What a message takes from the code: its placeholders, and the elements around its words. */
const parts = (message: string) => [...new Set(message.match(/\{\w+(?=\}|, plural)|<\/?\d+\/?>/g) ?? [])].sort();

/** Words that are the same in every language. */
const names = ["USD", "QR", "SVG", "PNG", "CSV", "XLSX", ".xlsx", "USD ·", "Tributary", "trb_", "l=", "Ctrl K", "Ctrl C", "Enter", "Space"];

describe.each(Object.entries(catalogues))("the catalogue %s", (language, catalogue) => {
  it("has every message of the code, and no other", () => {
    expect(Object.keys(catalogue).sort()).toEqual([...messages].sort());
    expect(messages.filter((message) => !catalogue[message]?.trim())).toEqual([]);
  });

  it("has the placeholders and elements of each message", () => {
    for (const message of messages) expect(parts(catalogue[message]!), message).toEqual(parts(message));
  });

  it("has every plural form of the language", () => {
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const plurals = messages.filter((message) => message.includes(", plural,"));
    expect(plurals.length).toBeGreaterThan(10);
    for (const message of plurals) {
      const forms = [...catalogue[message]!.matchAll(/(?:^| )(zero|one|two|few|many|other) \{/g)].map((match) => match[1]!);
      expect(forms.sort(), message).toEqual([...wanted].sort());
    }
  });

  it("compiles", () => {
    for (const message of Object.values(byId(language, catalogue))) expect(() => compileMessage(message), message).not.toThrow();
  });
});

it("names every placeholder, so that a translator knows what it is", () => {
  expect(messages.filter((message) => /\{\d+[,}]/.test(message))).toEqual([]);
});

it("has a catalogue for every language", () => {
  expect(Object.keys(catalogues).concat("en").sort()).toEqual(Object.keys(languages).sort());
});

it("has Arabic words in every Arabic message that has words", () => {
  const same = ["Webhooks", "Postbacks"];
  const words = (message: string) => message.replace(/\{\w+\}/g, "");
  const plain = Object.entries(catalogues.ar!).filter(([english, message]) => /[a-z]{2}/.test(words(english)) && !/\p{Script=Arabic}/u.test(message));
  expect(plain.map(([english]) => english).filter((english) => !same.includes(english))).toEqual([]);
});

it("has all texts of the page in messages", { timeout: 60_000 }, () => {
  expect(textsOutside().filter((text) => !names.includes(text.slice(text.indexOf(": ") + 2)))).toEqual([]);
});

it("counts in Arabic with its six forms", () => {
  const i18n = setupI18n({ locale: "ar", locales: "ar-u-nu-latn", messages: { ar: byId("ar", catalogues.ar!) } });
  i18n.setMessagesCompiler(compileMessage);
  const [id] = Object.entries(byId("ar", catalogues.ar!)).find(([, message]) => message.startsWith("{rows, plural"))!;
  const said = [0, 1, 2, 3, 11, 100].map((rows) => i18n._(id, { rows }));
  expect(new Set(said).size).toBe(6);
  expect(said[3]).toContain("3 صفوف");
});

it("isolates amounts and names in a right-to-left sentence", () => {
  expect(isolated("دفع {sum} USD")).toBe("دفع \u2066{sum} USD\u2069");
  expect(isolated("{amount} {currency} إلى {name}")).toBe("\u2066{amount} {currency}\u2069 إلى \u2068{name}\u2069");
  expect(isolated("صارت {received} {receivedCurrency}")).toBe("صارت \u2066{received} {receivedCurrency}\u2069");
  expect(isolated("{n, plural, one {{sum} USD} other {# إلى {name}}}")).toBe("{n, plural, one {\u2066{sum} USD\u2069} other {# إلى \u2068{name}\u2069}}");
});
