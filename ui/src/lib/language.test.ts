import { beforeEach, expect, it, vi } from "vitest";
import { language, setLanguage } from "./language";

const { loads } = vi.hoisted(() => ({ loads: [] as (() => void)[] }));

vi.mock("../locales/es.json", async () => {
  await new Promise<void>((done) => loads.push(done));
  return { default: {} };
});
vi.mock("../locales/ar.json", () => ({ default: {} }));

const stored = new Map<string, string>();

beforeEach(() => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en"] });
  vi.stubGlobal("localStorage", { setItem: (key: string, value: string) => stored.set(key, value) });
});

it("ends in the language that was chosen last, whichever catalogue loads first", async () => {
  const first = setLanguage("es");
  await vi.waitFor(() => expect(loads).toHaveLength(1));
  await setLanguage("ar");
  loads[0]!();
  await first;
  expect(language.get()).toBe("ar");
  expect([...stored.values()]).toEqual(["ar"]);
});
