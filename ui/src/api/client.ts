// Calls of the API. Every call carries the session's token, and every refusal
// is a Problem.
import createClient from "openapi-fetch";
import { now } from "../lib/now";
import { store } from "../lib/store";
import { asProblem, effectOf, noAnswer, problemOf } from "./problem";
import { remember } from "./recent";
import type { paths } from "./schema";
import { refused, tokenForCall } from "./session";

/** When the server last answered, by its clock. */
export const answeredAt = store<Date | undefined>(undefined);

/** Whether the last call got an answer. */
export const reached = store(true);

/** How many answers repeated the first answer to the same request, so that nothing was done a second time. */
export const replayed = store(0);

async function once(request: Request, token?: string): Promise<Response> {
  const sent = new Request(request);
  if (token) sent.headers.set("Authorization", `JWT ${token}`);
  try {
    const response = await fetch(sent);
    reached.set(navigator.onLine); // an answer may come in just after the connection went
    answeredAt.set(new Date(now()));
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reached.set(false);
    throw noAnswer();
  }
}

/** Notes on a problem what its request may have done. */
const about = (request: Request) => (error: unknown): never => {
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  const problem = asProblem(error);
  problem.effect = effectOf(request);
  throw problem;
};

/** Sends a request with the session's token; once more if that has just ended. */
export const call = (request: Request): Promise<Response> => inSession(request).catch(about(request));

async function inSession(request: Request): Promise<Response> {
  remember(request);
  const again = request.clone();
  const token = await tokenForCall();
  let response = await once(request, token);
  if (response.status === 401) {
    refused(token);
    response = await once(again, await tokenForCall());
  }
  if (!response.ok) throw await problemOf(response);
  if (response.headers.get("Idempotent-Replayed") === "true") replayed.set(replayed.get() + 1);
  return response;
}

/** Sends a request that needs no session, such as a registration. */
export const callOpen = (request: Request): Promise<Response> => withoutSession(request).catch(about(request));

async function withoutSession(request: Request): Promise<Response> {
  const response = await once(request);
  if (!response.ok) throw await problemOf(response);
  return response;
}

export const api = createClient<paths>({ fetch: call });

export const openApi = createClient<paths>({ fetch: callOpen });

/** An answer as JSON: reports also have files, and jobs that make them. */
type Answer<T> = [Extract<T, { data: unknown }>] extends [never] ? Exclude<T, string> : Extract<T, { data: unknown }>;

/** The value of an answer whose refusals are thrown. */
export async function value<T>(answer: Promise<{ data?: T }>): Promise<Answer<T>> {
  return (await answer).data as Answer<T>;
}

/** GETs a path that the code does not know before it runs, such as a report's. */
export async function get<T>(path: string, query: Record<string, string> = {}, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<T> {
  const search = new URLSearchParams(query).toString();
  const response = await call(new Request(path + (search ? `?${search}` : ""), { signal, headers: { Accept: "application/json", ...headers } }));
  return (await response.json()) as T;
}

/** Sends JSON to a path that the code does not know before it runs. */
export async function send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
  const content = body ? { body: JSON.stringify(body), headers: { ...headers, "Content-Type": "application/json" } } : { headers };
  const response = await call(new Request(path, { method, ...content }));
  return (response.status === 204 ? undefined : await response.json()) as T;
}
