import { UsageError } from "../base/errors.ts";
import { type LogSection, logSection } from "../log/config.ts";
import type { Logger } from "../log/logger.ts";
import type { Context } from "./framework/context.ts";

/** How to log where no config says it: by the options, then the environment, then `level`. */
export function logSettings({ globals, env }: Context, level: LogSection["level"]): LogSection {
  const parsed = logSection.safeParse({
    level: globals["log-level"] ?? (env["LOG_LEVEL"] || (globals.verbose ? "info" : level)),
    format: globals["log-format"] ?? (env["LOG_FORMAT"] || "auto"),
  });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UsageError(`LOG_${String(path[0]).toUpperCase()}: ${message}`);
}

/** A log on standard error. */
export const openLog = (
  { services, stderr }: Context,
  settings: LogSection,
  secrets: readonly string[],
): Promise<Logger> =>
  services.openLog(settings, secrets, {
    write: (text) => stderr.write(text),
    isTTY: stderr.isTTY,
    color: stderr.colors.enabled,
  });
