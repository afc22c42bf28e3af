import { useState } from "react";
import { asProblem, type Problem } from "../api/problem";

/** Sends a form, but not while an earlier request is running. It stores the result. */
export function useSend<T>(work: () => Promise<T>) {
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState<T>();
  const [problem, setProblem] = useState<Problem>();
  async function send() {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      setDone(await work());
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }
  return { busy, done, problem, send };
}
