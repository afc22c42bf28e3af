import { useEffect, useRef } from "react";

/**
 * A reference for a field that gets the focus when it appears. Browsers heed
 * the attribute autofocus only while a page loads.
 */
export function useFocus<T extends HTMLElement>(wanted = true) {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (wanted) ref.current?.focus();
  }, []);
  return ref;
}
