import { afterEach, beforeEach, expect, it, vi } from "vitest";

const tokenOf = (partner: string) => `x.${btoa(JSON.stringify({ sub: partner }))}.y`;
const opened = (partner: string) =>
  new Response(JSON.stringify({ token: tokenOf(partner), expires_at: new Date(Date.now() + 6 * 3600_000).toISOString(), seconds_left: 6 * 3600 }));
const none = () => new Response(null, { status: 204 });

/** Loads the module with a state of its own, as a new tab does. */
async function tab() {
  vi.resetModules();
  return import("./session");
}

let answers: ((body: { login?: string }) => Response | Promise<Response>)[];

beforeEach(() => {
  answers = [];
  vi.stubGlobal("fetch", async (_: string, { body, method, signal }: RequestInit) => {
    signal?.throwIfAborted();
    return answers.shift()!(method === "DELETE" ? { login: "DELETE" } : (JSON.parse(String(body)) as { login?: string }));
  });
});
afterEach(() => vi.unstubAllGlobals());

it("keeps a new sign-in when an older question is answered late", async () => {
  const { resume, session, signIn, tokenForCall } = await tab();
  let late: (response: Response) => void = () => {};
  answers = [() => new Promise((done) => (late = done)), () => opened("a")];
  const asked = resume().catch((error: Error) => error.name);
  await signIn("a@example.com", "secret");
  late(none());
  expect(await asked).toBe("Problem");
  expect(session.get()).toBe("open");
  expect(await tokenForCall()).toBe(tokenOf("a"));
});

it("never takes another partner's session for its own", async () => {
  const { refused, resume, session, signIn, signOut, tokenForCall } = await tab();
  answers = [() => opened("a"), () => opened("b"), () => opened("b")];
  await signIn("a@example.com", "secret");
  refused(await tokenForCall());
  await expect(resume()).rejects.toThrow(); // the cookie is b's now
  expect(session.get()).toBe("ended");
  await expect(tokenForCall()).rejects.toThrow();
  expect(session.get()).toBe("ended");
  await signOut(); // without a call, which would end b's session
  expect(answers).toHaveLength(0);
  expect(session.get()).toBe("none");
});

it("ends when another partner signs in in another tab, and stays when the same does", async () => {
  const first = await tab();
  answers = [() => opened("a"), () => opened("a"), () => opened("b")];
  await first.signIn("a@example.com", "secret");
  const second = await tab();
  await second.signIn("a@example.com", "secret");
  await new Promise((done) => setTimeout(done, 50));
  expect(first.session.get()).toBe("open");
  await second.signIn("b@example.com", "secret");
  await vi.waitFor(() => expect(first.session.get()).toBe("ended"));
  expect(first.taken).toBe(true);
  expect(second.session.get()).toBe("open");
});
