import type { Colors } from "./colors.ts";

/** A unified diff in the colours that git gives it. */
export const coloredPatch = (patch: string, colors: Colors): string =>
  patch
    .split("\n")
    .map((text) => {
      if (/^(---|\+\+\+)/.test(text)) return colors.bold(text);
      if (text.startsWith("+")) return colors.green(text);
      if (text.startsWith("-")) return colors.red(text);
      return text.startsWith("@@") ? colors.cyan(text) : text;
    })
    .join("\n");
