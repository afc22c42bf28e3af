import { useEffect, useState } from "react";

/** Returns a value after it has stayed the same for a moment, so that not every keystroke sends a request. */
export function useLater<T>(value: T, ms = 200): T {
  const [kept, setKept] = useState(value);
  const content = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setKept(value), ms);
    return () => clearTimeout(timer);
  }, [content]);
  return kept;
}
