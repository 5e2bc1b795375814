import { isSecretName, type Redact } from "../base/redact.ts";

export interface LoggableOptions {
  redact: Redact;
  /** Errors with their stacks. */
  stacks: boolean;
}

/** What a line may hold: more is cut off, so that a log stays readable and a hostile document costs little. */
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_STRING = 8 * 1024;
const MAX_CAUSES = 8;

const MASK = "[redacted]";
/** Names that a line has already, and those by which pino takes the fields of a child for options. */
const RESERVED = ["level", "time", "msg", "serializers", "formatters", "customLevels", "hasOwnProperty"];
/** What an error tells beside its message; other properties may hold anything (whole responses, headers). */
const ERROR_FACTS = ["code", "status", "kind", "where", "hint"] as const;

/**
 * A copy of log fields that holds plain data only, and no secret: what stands under the name of a secret is masked,
 * every text goes through `redact`, errors become objects with their causes. Never throws.
 */
export function loggable(fields: object, options: LoggableOptions): Record<string, unknown> {
  const { redact, stacks } = options;
  const open = new Set<object>();

  function value(of: unknown, depth: number): unknown {
    switch (typeof of) {
      case "string":
        return text(of);
      case "number":
      case "bigint":
        return number(of);
      case "symbol":
        return text(String(of));
      case "object":
        return of === null ? null : structure(of, depth);
      case "function":
        return undefined;
      default:
        return of;
    }
  }

  function text(of: string): string {
    if (of.length <= MAX_STRING) return redact(of);
    // Redacted before it is cut: half a secret would not be known as one.
    return `${redact(of).slice(0, MAX_STRING)}… (${of.length} characters)`;
  }

  /** A secret may be made of digits alone. */
  function number(of: number | bigint): unknown {
    const written = String(of);
    const masked = written.length < 6 ? written : redact(written);
    return masked === written && typeof of === "number" ? of : masked;
  }

  function structure(of: object, depth: number): unknown {
    if (depth > MAX_DEPTH) return "…";
    if (open.has(of)) return "[circular]";
    open.add(of);
    try {
      return contents(of, depth);
    } catch {
      return "[unreadable]"; // a getter or a toJSON that throws
    } finally {
      open.delete(of);
    }
  }

  function contents(of: object, depth: number): unknown {
    if (of instanceof Error) return error(of, depth);
    if (Array.isArray(of)) return items(of, depth);
    if (of instanceof Set) return items([...of], depth);
    if (of instanceof Map)
      return entries(
        [...of].map(([key, item]) => [String(key), item]),
        depth,
      );
    if (ArrayBuffer.isView(of) || of instanceof ArrayBuffer) return `[${of.byteLength} bytes]`;
    if ("toJSON" in of && typeof of.toJSON === "function") return value(of.toJSON(), depth + 1);
    return entries(Object.entries(of), depth);
  }

  function items(of: readonly unknown[], depth: number): unknown[] {
    const kept = of.slice(0, MAX_ITEMS).map((item) => value(item, depth + 1));
    return of.length > MAX_ITEMS ? [...kept, `… (${of.length} items)`] : kept;
  }

  function entries(of: readonly [string, unknown][], depth: number): Record<string, unknown> {
    const kept = of.slice(0, MAX_ITEMS).map(([key, item]): [string, unknown] => {
      const isSecret = isSecretName(key) && item !== undefined && item !== null && item !== "";
      return [text(key), isSecret ? MASK : value(item, depth + 1)];
    });
    if (of.length > MAX_ITEMS) kept.push(["…", `${of.length} fields`]);
    return Object.fromEntries(kept); // and not by assignment, to which `__proto__` is no plain name
  }

  function error(of: Error, depth: number): Record<string, unknown> {
    const facts: Record<string, unknown> = { type: text(of.name), message: text(of.message) };
    for (const name of ERROR_FACTS) {
      const fact = (of as Error & Record<string, unknown>)[name];
      if (typeof fact === "string" || typeof fact === "number") facts[name] = value(fact, depth);
    }
    if (stacks && of.stack) facts["stack"] = text(of.stack);
    if (of instanceof AggregateError) facts["errors"] = items(of.errors, depth);
    if (of.cause !== undefined && depth < MAX_CAUSES) facts["cause"] = value(of.cause, depth + 1);
    return facts;
  }

  if (fields instanceof Error) return { err: structure(fields, 0) };
  const result = structure(fields, 0);
  if (typeof result !== "object" || result === null || Array.isArray(result)) return { fields: result };
  return renamed(result as Record<string, unknown>);
}

const renamed = (fields: Record<string, unknown>): Record<string, unknown> =>
  RESERVED.some((name) => Object.hasOwn(fields, name))
    ? Object.fromEntries(
        Object.entries(fields).map(([name, item]) => [RESERVED.includes(name) ? `${name}_` : name, item]),
      )
    : fields;
