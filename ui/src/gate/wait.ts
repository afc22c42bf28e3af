import { useEffect, useState } from "react";

/** Returns the seconds until a time in milliseconds, counting down to 0. */
export function useSecondsTo(until: number): number {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [until, left === 0]);
  return left;
}
