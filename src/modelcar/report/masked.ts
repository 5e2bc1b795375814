import { isSecretName, redactor } from "../../base/redact.ts";

const MASK = "[redacted]";

/** Arguments as they may be shown: the values of flags that are named like secrets (`--api-key`) are masked. */
export function maskedArguments(args: readonly string[]): string[] {
  return args.map((arg, i) => {
    const [, flag, joined] = /^--([\w.-]+)(=)?/.exec(arg) ?? [];
    if (flag !== undefined && joined !== undefined) return isSecretName(flag) ? `--${flag}=${MASK}` : arg;
    const [, before] = /^--([\w.-]+)$/.exec(args[i - 1] ?? "") ?? [];
    return before !== undefined && flag === undefined && isSecretName(before) ? MASK : arg;
  });
}

/** The values that {@link maskedArguments} masks. */
export function secretValues(args: readonly string[]): string[] {
  const shown = maskedArguments(args);
  return args.flatMap((arg, i) => (shown[i] === arg ? [] : [arg.replace(/^--[\w.-]+=/, "")]));
}

/** A value of texts, lists and objects in which nothing that looks like a secret is left. */
export function masked<T>(value: T): T {
  const redact = redactor();
  const whole = JSON.stringify(value);
  if (redact(whole) === whole) return value; // nothing in it looks like one: the most usual
  const walk = (part: unknown): unknown => {
    if (typeof part === "string") return redact(part);
    if (Array.isArray(part)) return part.map(walk);
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T; // the same shape, texts for texts
}
