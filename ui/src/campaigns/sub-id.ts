/** A link with its sub-publisher: a parameter that needs no link of its own. */
export function withSubId(link: string, subId: string): string {
  if (!subId.trim()) return link;
  const url = new URL(link);
  url.searchParams.set("sub_id", subId.trim());
  return url.href;
}
