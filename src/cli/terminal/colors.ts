import type { Env } from "../../base/env.ts";

/** Styles a text, or leaves it as it is when colours are off. */
export interface Colors {
  readonly enabled: boolean;
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
  magenta(text: string): string;
  cyan(text: string): string;
}

/** By SGR sequences (ECMA-48 §8.3.117). */
export function colors(enabled: boolean): Colors {
  const style = (on: number, off: number) => (text: string) =>
    enabled && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    enabled,
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    blue: style(34, 39),
    magenta: style(35, 39),
    cyan: style(36, 39),
  };
}

/** `--no-color`, then FORCE_COLOR, then NO_COLOR (no-color.org), then whether it is a terminal that can. */
export function wantsColor(env: Env, isTTY: boolean, noColor: boolean): boolean {
  if (noColor) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  if (env["NO_COLOR"]) return false;
  return isTTY && env["TERM"] !== "dumb";
}
