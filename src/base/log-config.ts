import { z } from "zod";

export const logSection = z
  .strictObject({
    level: z
      .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
      .default("info")
      .describe("Least severe level that is written; LOG_LEVEL, when set, comes before it."),
    format: z
      .enum(["auto", "json", "pretty"])
      .default("auto")
      .describe("auto: pretty on a terminal, else json; LOG_FORMAT, when set, comes before it."),
  })
  .describe("Logs, on standard error.");
export type LogSection = z.output<typeof logSection>;
