/** The shapes of all icons, which are 16 by 16 and drawn with a line of 1.5. */
const shapes = {
  home: "M2.5 7 8 2.5 13.5 7v6.5h-4V9.5h-3v4h-4z",
  streams: "M2 4.5c4 0 4 3.5 12 3.5M2 8h12M2 11.5c4 0 4-3.5 12-3.5",
  rebates: "M13 4.5H4.5a2 2 0 0 0-2 2V8M3 11.5h8.5a2 2 0 0 0 2-2V8M11 2.5l2 2-2 2M5 13.5l-2-2 2-2",
  wallet: "M2.5 5.5h11v8h-11zM2.5 5.5l8-3v3M10.5 9.5h.01",
  person: "M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c0-2.5 2.2-4 5-4s5 1.5 5 4",
  card: "M2.5 4h11v8.5h-11zM2.5 6.5h11M5 10h2.5",
  page: "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  link: "M6.5 9.5l3-3M7 4.5l1.2-1.2a3 3 0 0 1 4.3 4.3L11.3 8.8M9 11.5l-1.2 1.2a3 3 0 0 1-4.3-4.3L4.7 7.2",
  picture: "M2.5 3h11v10h-11zM2.5 10.5l3-3 3 3 2-2 3 3M10.5 6h.01",
  tree: "M8 2.5v3M8 5.5H3.5v3M8 5.5h4.5v3M2.2 8.5h2.6v3H2.2zM11.2 8.5h2.6v3h-2.6zM8 5.5v3M6.7 8.5h2.6v3H6.7z",
  columns: "M2.5 3h11v10h-11zM6 3v10M10 3v10",
  bars: "M3 13.5V8M6.5 13.5v-6M10 13.5V5M13.5 13.5v-11",
  code: "M5.5 5 2.5 8l3 3M10.5 5l3 3-3 3M9 3.5l-2 9",
  gear: "M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M12.2 3.8l-1.4 1.4M5.2 10.8l-1.4 1.4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  bell: "M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3zM7 14h2",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  down: "M4 6l4 4 4-4",
  up: "M4 10l4-4 4 4",
  right: "M6 4l4 4-4 4",
  download: "M8 2.5v7.5M5 7.5l3 3 3-3M3 13.5h10",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5v3.5M8 5.2h.01",
  warning: "M8 2.5 14 13H2zM8 6.5v3M8 11.2h.01",
  again: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5",
  lock: "M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  offline: "M2 2l12 12M4.5 9.5a5 5 0 0 1 2-1.3M8 12h.01M2.5 7a8 8 0 0 1 2.2-1.5M7 4.1A8.5 8.5 0 0 1 13.5 7",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  check: "M3 8.5l3.2 3L13 5",
  grip: "M6 4h.01M6 8h.01M6 12h.01M10 4h.01M10 8h.01M10 12h.01",
};

export type IconName = keyof typeof shapes;

export function Icon({ name, flip = false }: { name: IconName; flip?: boolean }) {
  return (
    <svg class={flip ? "ic flip" : "ic"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}

/** The logo: two streams that join a third. */
export function Mark() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" aria-hidden="true">
      <path d="M2.5 5C8 5 9 12 14 12" stroke-width="2" />
      <path d="M2.5 19C8 19 9 12 14 12" stroke-width="2" />
      <path d="M2.5 12H14" stroke-width="2" />
      <path d="M13.5 12h8" stroke-width="4" />
    </svg>
  );
}
