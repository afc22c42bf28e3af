/** Returns the top of an axis that starts at zero and has four lines at round numbers. */
export function top(highest: number): number {
  if (highest <= 0) return 4;
  const step = highest / 4;
  const power = 10 ** Math.floor(Math.log10(step));
  const round = [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].find((factor) => factor * power >= step - 1e-9) ?? 10;
  return round * power * 4;
}
