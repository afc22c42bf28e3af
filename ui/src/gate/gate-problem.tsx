import { Trans } from "@lingui/react/macro";
import type { Problem } from "../api/problem";
import { Note } from "../parts/note";

/** Shows a problem with a form that does not belong to one of its fields. */
export function GateProblem({ problem, fields }: { problem?: Problem; fields: string[] }) {
  if (!problem || fields.some((field) => problem.of(field))) return null;
  if (problem.offline) return <Note tone="amber" icon="offline"><Trans>The server cannot be reached. Nothing was sent.</Trans></Note>;
  if (problem.status === 429) {
    const wait = problem.retryAfter ?? 60;
    return <Note tone="amber"><Trans>Too many requests. Try again in {wait} s.</Trans></Note>;
  }
  if (problem.status < 500) return <Note tone="red" icon="warning">{problem.faults[0]?.message ?? problem.message}</Note>;
  const { status } = problem;
  return <Note tone="red" icon="warning"><Trans>It did not work. The server returned the error {status}. Nothing has changed.</Trans></Note>;
}
