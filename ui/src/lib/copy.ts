import { t } from "@lingui/core/macro";
import { say } from "../parts/toast";

/** Puts text on the clipboard and says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(t`Copied.`);
  } catch {
    say(t`This browser does not let the page copy.`);
  }
}

/** Lets the browser save a file that the page has made or fetched. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
