import { expect, it } from "vitest";
import { once } from "./key";

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
