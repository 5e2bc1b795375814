import { type Logger as PinoLogger, pino, stdTimeFunctions } from "pino";
import { redactor } from "../base/redact.ts";
import type { LogSection } from "./config.ts";
import { type LoggableOptions, loggable } from "./loggable.ts";
import { type Logger, silent } from "./logger.ts";

export interface LogTarget {
  /** Takes whole lines. */
  write(line: string): void;
  readonly isTTY: boolean;
  readonly color: boolean;
}

/**
 * A logger on pino: lines of JSON, or for people. Lines are written before a call returns, without a worker thread
 * (a compiled program has none of pino's transports). Secrets are masked by value wherever they stand, and by key;
 * errors are shown with their causes, and with their stacks at level debug.
 */
export async function openLog(
  { level, format }: LogSection,
  secrets: Iterable<string>,
  target: LogTarget,
): Promise<Logger> {
  if (level === "silent") return silent;
  const options = { redact: redactor(secrets), stacks: level === "debug" || level === "trace" };
  const people = format === "pretty" || (format === "auto" && target.isTTY);
  const dress = people ? (await import("./pretty.ts")).prettyLine(target.color) : undefined;
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => error }, // it is plain already
    },
    { write: (line) => target.write(dress ? dress(line) : line) },
  );
  return wrap(() => log, log, options);
}

type Level = "debug" | "info" | "warn" | "error";

/** `own` is made when it first has a line to write: most children of a quiet log never have one. */
function wrap(own: () => PinoLogger, levels: PinoLogger, options: LoggableOptions): Logger {
  let made: PinoLogger | undefined;
  const log = () => (made ??= own());
  const at = (level: Level) => (fields: object, message: string) => {
    if (levels.isLevelEnabled(level)) log()[level](loggable(fields, options), options.redact(message));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(() => log().child(loggable(fields, options)), levels, options),
  };
}
