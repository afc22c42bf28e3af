import { useEffect } from "react";
import { store, useStore } from "../lib/store";

const said = store<string>("");

/** Tells what was done. It is never the only place of an error. */
export const say = (text: string) => {
  said.set("");
  said.set(text);
};

export function Toasts() {
  const text = useStore(said);
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => said.set(""), 6000);
    return () => clearTimeout(timer);
  }, [text]);
  return <div role="status">{text && <div class="toast">{text}</div>}</div>;
}
