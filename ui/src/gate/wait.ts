import { useEffect, useState } from "react";

/** Counts down the seconds until a moment, in milliseconds; 0 when it is over. */
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
