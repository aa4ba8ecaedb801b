// A handful of line icons, drawn for this UI; always beside words, never instead of them.
const PATHS = {
  home: "M4 11 12 4l8 7v9h-5v-6H9v6H4z",
  shield: "M12 3 5 5.5v6c0 5 3 8 7 9.5 4-1.5 7-4.5 7-9.5v-6z",
  question: "M5 5h14v11h-7l-4 4v-4H5zM9 10h6",
  open: "M6 11h12v9H6zM9 11V8a3.5 3.5 0 0 1 6.5-1.800",
  more: "M5 7h14M5 12h14M5 17h14",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20a7 7 0 0 1 14 0",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
