// Draws streams that join. The width of a stream is proportional to its amount, and at least one pixel.

export interface Stream {
  path: string;
  label: number; // position of its label
}

const room = 22; // space for a label above a stream

/** Arranges streams below each other. They join on the right. */
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
