/**
 * Returns an idempotency key, with which repeated requests take effect only once.
 * The key is random hex, because browsers have no crypto.randomUUID on a page
 * loaded over plain HTTP.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Kept {
  key: string;
  since: number;
}

/** The keys of requests that have not succeeded yet, by the content of the request. */
const kept = new Map<string, Kept>();

/**
 * How long a key is kept, in milliseconds. The server remembers keys for 24 hours.
 * After that, a repeated request would take effect a second time under the same key.
 */
const longest = 20 * 3600_000;

/** Forgets all keys, because the next requests are those of another partner. */
export const forgetKeys = () => kept.clear();

/**
 * Sends a request with the idempotency key for its content. The key stays stored
 * until the request succeeds, even if the form is closed and opened again. If a
 * response was lost, a second try therefore replays the first request and does not
 * pay twice. The server stores no refusals, so the key can be used again after a
 * refusal.
 */
export async function once<T>(call: string, body: unknown, send: (key: string) => Promise<T>): Promise<T> {
  const content = `${call} ${JSON.stringify(body)}`;
  const before = kept.get(content);
  const now = before && Date.now() - before.since < longest ? before : { key: newKey(), since: Date.now() };
  kept.set(content, now);
  const answer = await send(now.key);
  kept.delete(content);
  return answer;
}
