// The demo prints an address that contains its public login after the #. Browsers
// do not send this part to a server. The page fills in the login only if the
// server runs on this machine.

const local = ["localhost", "127.0.0.1", "[::1]"];

export function demoLogin(at: Pick<Location, "hostname" | "hash"> = location): { login: string; password: string } {
  const given = new URLSearchParams(at.hash.slice(1));
  if (!local.includes(at.hostname)) return { login: "", password: "" };
  return { login: given.get("login") ?? "", password: given.get("password") ?? "" };
}
