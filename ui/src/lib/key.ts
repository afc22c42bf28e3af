/**
 * A key that makes repeated requests take effect once. It is random hex, because
 * crypto.randomUUID is missing where a page comes over plain HTTP.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The keys of requests that have not succeeded yet, by their content. */
const kept = new Map<string, string>();

/**
 * Sends a request with the key of its content. The key is kept until the request
 * succeeds, also if the form is closed and opened again. A second try after a
 * lost answer is then a replay, and not a second payment. The server stores no
 * refusal, so the key of a refused request is still good.
 */
export async function once<T>(call: string, body: unknown, send: (key: string) => Promise<T>): Promise<T> {
  const content = `${call} ${JSON.stringify(body)}`;
  const key = kept.get(content) ?? newKey();
  kept.set(content, key);
  const answer = await send(key);
  kept.delete(content);
  return answer;
}
