// What the API says when it refuses a call.

export interface Fault {
  field: string;
  code: string;
  message: string;
}

/**
 * What may have happened if a request got no answer, or the answer of a broken
 * server. nothing: it only asks. once: it may have taken effect, and a second
 * try takes none. twice: a second try may take effect again.
 */
export type Effect = "nothing" | "once" | "twice";

/** POSTs that only ask. */
const asks = /\/(start|embed|affiliation|probe)\/$|\/verification\//;

export function effectOf(request: Request): Effect {
  if (request.method === "GET") return "nothing";
  if (request.method !== "POST" || request.headers.has("Idempotency-Key")) return "once";
  return asks.test(new URL(request.url).pathname) ? "nothing" : "twice";
}

/** An answer that is no success, or no answer at all (status 0). */
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

  /** The message of one field of the input. */
  of(field: string): string | undefined {
    return this.faults.find((fault) => fault.field === field)?.message;
  }

  has(field: string, code: string): boolean {
    return this.faults.some((fault) => fault.field === field && fault.code === code);
  }

  get offline(): boolean {
    return this.status === 0;
  }

  /** Whether the request may have taken effect. */
  get unknown(): boolean {
    return this.effect !== "nothing" && (this.status === 0 || this.status >= 500);
  }
}

export const noAnswer = () => new Problem(0, "NoAnswer", "The server did not answer");

/** Reads the problem of a response that is no success. */
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
