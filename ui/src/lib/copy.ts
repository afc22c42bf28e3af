import { t } from "@lingui/core/macro";
import { say } from "../parts/toast";

/** Copies text to the clipboard and confirms it in a message. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t`Copied.`);
  } catch {
    say(t`This browser does not allow the page to copy text.`);
  }
}

/** Makes the browser save a file that the page has created or loaded. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
