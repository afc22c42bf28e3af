import { useEffect, useState } from "react";

/** A value once it has not changed for a moment, so that not every key asks the server. */
export function useLater<T>(value: T, ms = 200): T {
  const [kept, setKept] = useState(value);
  const content = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setKept(value), ms);
    return () => clearTimeout(timer);
  }, [content]);
  return kept;
}
