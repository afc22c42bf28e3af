/**
 * Returns an idempotency key, with which repeated requests take effect only once.
 * The key is random hex, because browsers have no crypto.randomUUID on a page
 * loaded over plain HTTP.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The keys of requests that have not succeeded yet, by the content of the request. */
const kept = new Map<string, string>();

/**
 * Sends a request with the idempotency key for its content. The key stays stored
 * until the request succeeds, even if the form is closed and opened again. If a
 * response was lost, a second try therefore replays the first request and does not
 * pay twice. The server stores no refusals, so the key can be used again after a
 * refusal.
 */
export async function once<T>(call: string, body: unknown, send: (key: string) => Promise<T>): Promise<T> {
  const content = `${call} ${JSON.stringify(body)}`;
  const key = kept.get(content) ?? newKey();
  kept.set(content, key);
  const answer = await send(key);
  kept.delete(content);
  return answer;
}
