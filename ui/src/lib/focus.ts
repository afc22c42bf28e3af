import { useEffect, useRef } from "react";

/**
 * Returns a reference for a field that gets the focus when it appears. The
 * attribute autofocus is not enough, because browsers use it only while a page
 * loads.
 */
export function useFocus<T extends HTMLElement>(wanted = true) {
  const ref = useRef<T>(null);
  useEffect(() => {
    if (wanted) ref.current?.focus();
  }, []);
  return ref;
}
