import type { OptionSpec } from "./option-spec.ts";

/** A TCP port; `min: 0` where any free one will do. */
export const PORT = {
  type: "number",
  value: "PORT",
  min: 1,
  max: 65_535,
  whole: true,
} as const satisfies Partial<OptionSpec>;

/** How long to wait: up to a day. */
export const SECONDS = {
  type: "number",
  value: "SECONDS",
  min: 0.1,
  max: 86_400,
} as const satisfies Partial<OptionSpec>;
