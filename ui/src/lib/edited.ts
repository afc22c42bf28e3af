/**
 * Returns the fields whose values differ from the first ones. A form sends only these,
 * so that it does not overwrite what was changed elsewhere while it was open.
 */
export function edited<T extends object>(first: T, now: T): Partial<T> {
  const changed = Object.entries(now).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(first[field as keyof T]));
  return Object.fromEntries(changed) as Partial<T>;
}
