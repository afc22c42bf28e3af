// Manages the session of this tab. The token is only in memory. After a reload, a cookie that no script can read
// restores it; see docs/adr/0026. All tabs share the cookie, so it may belong to a different partner than this tab
// does.
import { forgetKeys } from "../lib/key";
import { now, setNow } from "../lib/now";
import { store } from "../lib/store";
import { noAnswer, Problem, problemOf } from "./problem";

const path = "/api/page/session/";

/** unknown: the server has not been asked yet. ended: the session was open in this tab and is no longer valid. */
export type SessionState = "unknown" | "open" | "ended" | "none";

export const session = store<SessionState>("unknown");

/** When the session of this tab ended, for the message about it. */
export let endedAt: Date | undefined;

/** True if the session ended because another partner signed in in this browser. */
export let taken = false;

interface Token {
  token: string;
  partner: string;
  expires: number;
}

const hour = 3600_000;
let held: Token | undefined;
let mine: string | undefined; // the partner whose data this tab shows
let asking: { answer: Promise<string>; stop: AbortController } | undefined;

const others = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel("tributary-session");

others?.addEventListener("message", ({ data }) => {
  if (session.get() === "open" && data !== mine) end(true);
});

async function send(method: "POST" | "DELETE", body?: object, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, {
      method, signal,
      headers: { "X-Tributary-Page": "1", ...(body ? { "Content-Type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw noAnswer();
  }
}

/** Returns the id of the partner to whom a token belongs. The token's middle part is JSON in base64url. */
export function partnerOf(token: string): string {
  const text = atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
  return String((JSON.parse(text) as { sub: unknown }).sub);
}

async function open(body: object, signal?: AbortSignal): Promise<{ opened: Token; at: number }> {
  const response = await send("POST", body, signal);
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) throw notSignedIn();
  const answer = (await response.json()) as { token: string; expires_at: string; seconds_left: number };
  const expires = Date.parse(answer.expires_at);
  return { opened: { token: answer.token, partner: partnerOf(answer.token), expires }, at: expires - answer.seconds_left * 1000 };
}

const notSignedIn = () => new Problem(401, "NotAuthenticated", "There is no session");

function hold({ opened, at }: { opened: Token; at: number }): string {
  held = opened;
  mine = opened.partner;
  setNow(at);
  session.set("open");
  return opened.token;
}

/** Requests a token for the cookie, once for all callers that wait for it. */
export function resume(): Promise<string> {
  asking ??= ask();
  return asking.answer;
}

function ask() {
  const stop = new AbortController();
  const answer = open({}, stop.signal)
    .then((answer) => {
      if (stop.signal.aborted) throw noAnswer();
      if (mine !== undefined && mine !== answer.opened.partner) {
        end(true);
        throw notSignedIn();
      }
      return hold(answer);
    })
    .catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401 && !stop.signal.aborted && !taken) end();
      throw error;
    })
    .finally(() => {
      if (asking?.stop === stop) asking = undefined;
    });
  return { answer, stop };
}

function stopAsking(): void {
  asking?.stop.abort();
  asking = undefined;
}

/** Ends the session in this tab. The screen keeps its content. */
export function end(byAnother = false): void {
  held = undefined;
  const shown = session.get() === "open" || session.get() === "ended";
  if (session.get() === "open") endedAt = new Date(now());
  taken = byAnother && shown;
  session.set(shown ? "ended" : "none");
}

/** Returns the token for a request. If less than half of the token's six hours is left, renews the token first. */
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

/** Forgets a token that the server refused, so that the next request gets another one. */
export function refused(token: string): void {
  if (held?.token === token) held = undefined;
}

/** Signs in. A late response to an earlier request about the session is then ignored. */
export async function signIn(login: string, password: string, code?: string): Promise<void> {
  stopAsking();
  const answer = await open({ login, password, ...(code ? { code } : {}) });
  stopAsking();
  taken = false;
  hold(answer);
  others?.postMessage(mine);
}

/** Ends the session on the server and removes it from this tab. It does not end another partner's session. */
export async function signOut(): Promise<void> {
  if (!taken) {
    const response = await send("DELETE");
    if (!response.ok) throw await problemOf(response);
  }
  held = mine = undefined;
  taken = false;
  forgetKeys();
  session.set("none");
}
