import { describe, expect, it } from "vitest";
import { demoLogin } from "./demo";

const hash = "#login=demo@example.com&password=secret";

describe("the demo's login", () => {
  it("is filled in only if the server runs on this machine", () => {
    expect(demoLogin({ hostname: "127.0.0.1", hash })).toEqual({ login: "demo@example.com", password: "secret" });
    expect(demoLogin({ hostname: "partners.example.com", hash })).toEqual({ login: "", password: "" });
    expect(demoLogin({ hostname: "localhost", hash: "" })).toEqual({ login: "", password: "" });
  });
});
