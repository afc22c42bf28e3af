/**
 * A key that makes repeated requests take effect once. It is random hex, because
 * crypto.randomUUID is missing where a page comes over plain HTTP.
 */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
