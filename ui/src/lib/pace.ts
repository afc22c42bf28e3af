/**
 * Returns a function that asks for some work. Two requests after a quiet time are worked
 * on at once. Under steady requests, the work runs once in `every` milliseconds, and once
 * more after the last request.
 */
export function paced(work: () => void, every: number): () => void {
  const most = 2;
  let credit = most;
  let since = Date.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return function ask() {
    if (timer !== undefined) return;
    const at = Date.now();
    credit = Math.min(most, credit + Math.max(0, at - since) / every);
    since = at;
    if (credit >= 1) {
      credit -= 1;
      work();
      return;
    }
    timer = setTimeout(() => {
      timer = undefined;
      ask();
    }, Math.ceil((1 - credit) * every));
  };
}
