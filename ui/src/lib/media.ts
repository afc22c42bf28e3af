import { useSyncExternalStore } from "react";

/** True if the page is as narrow as a phone. */
const phone = matchMedia("(max-width: 760px)");

const watch = (listener: () => void) => {
  phone.addEventListener("change", listener);
  return () => phone.removeEventListener("change", listener);
};

export const usePhone = (): boolean => useSyncExternalStore(watch, () => phone.matches);
