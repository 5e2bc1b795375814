const STEPS: [limitSeconds: number, unitSeconds: number, unit: string][] = [
  [60, 1, "s"],
  [60 * 60, 60, "min"],
  [24 * 60 * 60, 60 * 60, "h"],
  [Infinity, 24 * 60 * 60, "d"],
];

/** `5 s ago`, `3 min ago`, `2 h ago`, `4 d ago`; `now` below a second, and for times to come (clocks differ). */
export function relativeTime(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000);
  if (seconds < 1) return "now";
  const [, size, unit] = STEPS.find(([limit]) => seconds < limit)!;
  return `${Math.floor(seconds / size)} ${unit} ago`;
}

/** `14:03:59`, local time. */
export const timeOfDay = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);
