import * as z from "../base/zod.ts";

export const logSection = z.described(
  z.strictObject({
    level: z.described(
      z._default(z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]), "info"),
      "Least severe level that is written; LOG_LEVEL, when set, comes before it.",
    ),
    format: z.described(
      z._default(z.enum(["auto", "json", "pretty"]), "auto"),
      "auto: pretty on a terminal, else json; LOG_FORMAT, when set, comes before it.",
    ),
  }),
  "Logs, on standard error.",
);
export type LogSection = z.output<typeof logSection>;
