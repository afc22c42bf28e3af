import { useEffect } from "react";
import { store, useStore } from "../lib/store";

const said = store<string>("");

/**
 * Shows a short message about what was done. An error must also appear somewhere
 * else, because the message disappears.
 */
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
