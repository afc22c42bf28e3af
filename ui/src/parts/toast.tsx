import { useEffect } from "react";
import { store, useStore } from "../lib/store";

const said = store<string[]>([]);

/**
 * Shows a short message about what was done. An error must also appear somewhere
 * else, because the message disappears. Messages of the same moment appear together.
 */
export const say = (text: string) => {
  const now = Date.now();
  said.set(now - last < 1000 ? [...said.get().filter((other) => other !== text), text].slice(-2) : [text]);
  last = now;
};

let last = 0;

/** Takes away all messages, because they belong to one partner. */
export const hush = () => said.set([]);

export function Toasts() {
  const texts = useStore(said);
  useEffect(() => {
    if (texts.length === 0) return;
    const timer = setTimeout(() => said.set([]), 6000);
    return () => clearTimeout(timer);
  }, [texts]);
  return <div role="status">{texts.length > 0 && <div class="toast">{texts.map((text) => <p key={text}>{text}</p>)}</div>}</div>;
}
