// Streams that join: each is as wide as its money, and at least one pixel.

export interface Stream {
  path: string;
  label: number; // where its label stands
}

const room = 22; // for a label above a stream

/** Lays streams out below each other, and lets them flow together to the right. */
export function streamsOf(values: number[], width: number, height: number): Stream[] {
  const sum = values.reduce((all, value) => all + value, 0);
  const open = height - room * (values.length + 1);
  const size = (value: number) => Math.max(1, sum > 0 ? (value / sum) * open : 0);
  let left = room;
  let right = room;
  return values.map((value) => {
    const wide = size(value);
    const [a, b] = [left, right];
    left += wide + room;
    right += wide;
    const half = width / 2;
    return {
      label: a - 7,
      path: `M0 ${a}C${half} ${a} ${half} ${b} ${width} ${b}L${width} ${b + wide}C${half} ${b + wide} ${half} ${a + wide} 0 ${a + wide}Z`,
    };
  });
}
