// Logs in and prints the partner's rewards, newest first:
//
//   TRIBUTARY_URL=http://localhost:8080 TRIBUTARY_LOGIN=... TRIBUTARY_PASSWORD=... npm start
//
// If TRIBUTARY_KEY has an API key, no login is needed.
import createClient, { type Middleware } from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Reward = components["schemas"]["RewardsRow"];

const baseUrl = process.env["TRIBUTARY_URL"] ?? "http://localhost:8080";
const client = createClient<paths>({
  baseUrl,
  // A list is sent as one value, separated by commas, as in client_account=88,99.
  querySerializer: { array: { style: "form", explode: false } },
});

async function token(): Promise<string> {
  const key = process.env["TRIBUTARY_KEY"];
  if (key) {
    return key;
  }
  const { data, error } = await client.POST("/api/auth/", {
    body: { login: process.env["TRIBUTARY_LOGIN"] ?? "", password: process.env["TRIBUTARY_PASSWORD"] ?? "" },
  });
  if (error) {
    throw new Error(`log in: ${error.code}: ${error.message}`);
  }
  return data.token;
}

function authorize(credential: string): Middleware {
  return {
    onRequest({ request }) {
      request.headers.set("Authorization", `JWT ${credential}`);
      return request;
    },
  };
}

// rewards yields every row of the report, a page at a time.
async function* rewards(from: string): AsyncGenerator<Reward> {
  const limit = 1000;
  for (let offset = 0; ; offset += limit) {
    const { data, error } = await client.GET("/api/reports/rewards/", {
      params: { query: { limit, offset, reward_date_from: from, ordering: ["-reward_date"] } },
    });
    if (error) {
      throw new Error(`rewards: ${error.code}: ${error.message}`);
    }
    if (typeof data === "string" || !("data" in data)) {
      throw new Error("rewards: got a file or an export, which only ?format=csv and ?format=xlsx answer with");
    }
    yield* data.data;
    if (offset + data.data.length >= data.totals.count) {
      return;
    }
  }
}

client.use(authorize(await token()));
let rows = 0;
for await (const row of rewards(process.argv[2] ?? "2020-01-01")) {
  // Amounts are strings, so that no digit is lost.
  console.log(row.reward_date, row.client_account, row.client_account_type, row.reward_usd, "USD");
  rows++;
}
console.log(`${rows} rows`);
