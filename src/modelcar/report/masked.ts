import { redactor } from "../../base/redact.ts";

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
