// The form in which the API refuses a request.

export interface Fault {
  field: string;
  code: string;
  message: string;
}

/**
 * What a request may have done if it got no response, or the response of a broken
 * server. nothing: the request only reads. once: it may have taken effect, and a second
 * try has no further effect. twice: a second try may take effect again.
 */
export type Effect = "nothing" | "once" | "twice";

/** The paths of POST requests that only read. */
const asks = /\/(start|embed|affiliation|probe)\/$|\/verification\//;

export function effectOf(request: Request): Effect {
  if (request.method === "GET") return "nothing";
  if (request.method !== "POST" || request.headers.has("Idempotency-Key")) return "once";
  return asks.test(new URL(request.url).pathname) ? "nothing" : "twice";
}

/** A response that is not a success, or no response (status 0). */
export class Problem extends Error {
  effect: Effect = "nothing";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly faults: Fault[] = [],
    readonly requestId?: string,
    readonly retryAfter?: number,
  ) {
    super(message);
    this.name = "Problem";
  }

  /** Returns the message about a field of the request. */
  of(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message;
  }

  has(field: string, code: string): boolean {
    return this.faults.some((fault) => fault.field === field && fault.code === code);
  }

  get offline(): boolean {
    return this.status === 0;
  }

  /** True if the request may have taken effect. */
  get unknown(): boolean {
    return this.effect !== "nothing" && (this.status === 0 || this.status >= 500);
  }
}

export const noAnswer = () => new Problem(0, "NoAnswer", "The server did not answer");

/** Reads the problem from a response that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const said = (await response.json().catch(() => ({}))) as { code?: string; message?: string; details?: Fault[] };
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    said.code ?? "",
    said.message ?? "",
    said.details ?? [],
    response.headers.get("X-Request-Id") ?? undefined,
    Number.isFinite(wait) && wait > 0 ? wait : undefined,
  );
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : noAnswer();
}
