import { expect, it, vi } from "vitest";
import { forgetKeys, once } from "./key";

const lost = () => Promise.reject(new Error("no answer"));

it("uses the same key for the same content until the request succeeds", async () => {
  const keys: string[] = [];
  const note = (answer: () => Promise<unknown>) => (key: string) => {
    keys.push(key);
    return answer();
  };
  const send = (body: object, answer: () => Promise<unknown> = async () => "done") => once("withdraw", body, note(answer)).catch(() => "lost");
  await send({ amount: 5 }, lost);
  await send({ amount: 50 }, lost); // the partner types another amount in the meantime
  await send({ amount: 5 }); // this repeats the first request
  await send({ amount: 5 }); // this is another withdrawal of the same amount
  const [first, other, replay, next] = keys;
  expect(replay).toBe(first);
  expect(new Set([first, other, next]).size).toBe(3);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
});

it("takes a new key once the server may have forgotten the old one, and for another partner", async () => {
  vi.useFakeTimers();
  try {
    const keys: string[] = [];
    const send = () => once("transfer", { amount: 5 }, (key) => { keys.push(key); return lost(); }).catch(() => {});
    await send();
    vi.advanceTimersByTime(19 * 3600_000);
    await send();
    vi.advanceTimersByTime(2 * 3600_000);
    await send();
    forgetKeys();
    await send();
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
