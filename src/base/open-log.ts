import { type BaseLogger, type Logger as PinoLogger, pino } from "pino";
import { rfc3339 } from "./clock.ts";
import type { Logger } from "./log.ts";
import type { LogSection } from "./log-config.ts";
import { isSecretName, redactor } from "./redact.ts";

export interface LogTarget {
  /** Takes whole lines. */
  write(line: string): void;
  readonly isTTY: boolean;
  readonly color: boolean;
}

const MASK = "[redacted]";
const MAX_DEPTH = 5;

/**
 * A logger on pino: lines of JSON, or for people. In every line the secrets are masked, by value wherever they stand,
 * and by key; errors are shown with their causes.
 */
export async function openLog(
  { level, format }: LogSection,
  secrets: Iterable<string>,
  target: LogTarget,
): Promise<Logger> {
  const redact = redactor(secrets);
  const pretty = format === "pretty" || (format === "auto" && target.isTTY);
  const line = { write: (text: string) => target.write(redact(text)) };
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${rfc3339(Date.now())}"`,
    formatters: { level: (label: string) => ({ level: label }), log: plainFields },
  };
  if (!pretty) return wrap(pino(options, line));
  const { prettyStream } = await import("./pretty-log.ts");
  return wrap(pino(options, prettyStream(line, target.color)));
}

/** pino formats the fields of each line, but not those of a child. */
const wrap = (log: BaseLogger & Pick<PinoLogger, "child">): Logger => ({
  debug: (fields, message) => log.debug(fields, message),
  info: (fields, message) => log.info(fields, message),
  warn: (fields, message) => log.warn(fields, message),
  error: (fields, message) => log.error(fields, message),
  child: (fields) => wrap(log.child(plainFields(fields))),
});

/** What can be written: errors as objects, and nothing under a name that is that of a secret. */
function plainFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, plain(key, value, 0)]));
}

function plain(key: string, value: unknown, depth: number): unknown {
  if (isSecretName(key) && typeof value === "string") return MASK;
  if (value instanceof Error) return plainError(value, depth);
  if (value === null || typeof value !== "object") return value;
  if (depth >= MAX_DEPTH) return "…";
  if (Array.isArray(value)) return value.map((item) => plain(key, item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, plain(name, item, depth + 1)]),
  );
}

function plainError(error: Error, depth: number): object {
  const { name, message, stack, cause, ...own } = error as Error & Record<string, unknown>;
  const rest = Object.fromEntries(
    Object.entries(own).map(([key, value]) => [key, plain(key, value, depth + 1)]),
  );
  return {
    type: error.name,
    message: error.message,
    ...rest,
    stack: error.stack,
    ...(cause instanceof Error && depth < MAX_DEPTH && { cause: plainError(cause, depth + 1) }),
  };
}
