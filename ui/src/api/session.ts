// The session of this tab. The token is held in memory alone. A reload gets it
// back by a cookie that no script can read: see docs/adr/0026.
import { now, setNow } from "../lib/now";
import { store } from "../lib/store";
import { noAnswer, Problem, problemOf } from "./problem";

const path = "/api/page/session/";

/** unknown: not asked yet. ended: it was open in this tab and works no more. */
export type SessionState = "unknown" | "open" | "ended" | "none";

export const session = store<SessionState>("unknown");

/** When the session of this tab ended, for the words that say so. */
export let endedAt: Date | undefined;

interface Token {
  token: string;
  expires: number;
}

const hour = 3600_000;
let held: Token | undefined;
let asking: Promise<string> | undefined;

async function send(method: "POST" | "DELETE", body?: object): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: { "X-Tributary-Page": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw noAnswer();
  }
}

async function open(body: object): Promise<string> {
  const response = await send("POST", body);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) throw new Problem(401, "NotAuthenticated", "There is no session");
  const answer = (await response.json()) as { token: string; expires_at: string; seconds_left: number };
  held = { token: answer.token, expires: Date.parse(answer.expires_at) };
  setNow(held.expires - answer.seconds_left * 1000);
  session.set("open");
  return held.token;
}

/** Asks for the token of the cookie, once for all callers that wait for it. */
export function resume(): Promise<string> {
  asking ??= open({})
    .catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) end();
      throw error;
    })
    .finally(() => (asking = undefined));
  return asking;
}

function end(): void {
  held = undefined;
  if (session.get() === "open") endedAt = new Date(now());
  session.set(session.get() === "open" || session.get() === "ended" ? "ended" : "none");
}

/** The token for a call; renewed while half of its six hours are left. */
export async function tokenForCall(): Promise<string> {
  if (!held) return resume();
  if (held.expires - now() < 3 * hour) {
    const kept = held;
    return resume().catch((error: unknown) => {
      if (error instanceof Problem && error.offline && kept.expires > now()) return kept.token;
      throw error;
    });
  }
  return held.token;
}

/** Forgets a token that the server refused, so that the next call asks anew. */
export function refused(token: string): void {
  if (held?.token === token) held = undefined;
}

export const signIn = (login: string, password: string, code?: string) => open({ login, password, ...(code ? { code } : {}) });

/** Ends the session everywhere and leaves nothing of it in this tab. */
export async function signOut(): Promise<void> {
  const response = await send("DELETE");
  if (!response.ok) throw await problemOf(response);
  held = undefined;
  session.set("none");
}
