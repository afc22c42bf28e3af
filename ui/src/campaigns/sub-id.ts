/**
 * Returns a link with a sub-publisher's id. The id is a parameter, so it needs no
 * link of its own.
 */
export function withSubId(link: string, subId: string): string {
  if (!subId.trim()) return link;
  const url = new URL(link);
  url.searchParams.set("sub_id", subId.trim());
  return url.href;
}
