import { isSecretName, type Redact } from "../../base/redact.ts";
import type { Excerpt } from "./problem.ts";

const MAX_WIDTH = 100;
/** Shown before the place, in a line that is too long. */
const CONTEXT = 30;

export interface ExcerptOptions {
  /** Offsets in the source of what to point at. */
  start: number;
  end: number;
  redact: Redact;
  /** What is pointed at is a key whose value must not be shown: it is unknown, or holds a secret. */
  keyOnly?: boolean;
}

/** The line of the source that something stands on, with the secrets in it masked, cut to fit a terminal. */
export function excerptOf(source: string, { start, end, redact, keyOnly }: ExcerptOptions): Excerpt {
  const from = source.lastIndexOf("\n", start - 1) + 1;
  const newline = source.indexOf("\n", from);
  const line = source.slice(from, newline === -1 ? undefined : newline).replace(/\r$/, "");
  const mask = (text: string) => maskSecretKeys(redact(text));
  const [before, at, after] = [
    line.slice(0, start - from),
    line.slice(start - from, end - from),
    line.slice(end - from),
  ];
  const parts = [mask(before), mask(at), keyOnly === true ? hideValue(mask(after)) : mask(after)] as const;
  const whole = keyOnly === true ? parts.join("") : mask(line);
  // A secret may lie across the ends of what is pointed at: only the whole line masked is sure to be safe.
  const exact = parts.join("") === whole;
  const column = exact ? parts[0].length : Math.min(parts[0].length, Math.max(0, whole.length - 1));
  return cut(whole, column, exact ? Math.max(1, parts[1].length) : 1);
}

/** What follows a key on its line, without its value. */
const hideValue = (after: string): string => after.replace(/^(["']?\s*=).*$/, "$1 …");

function cut(text: string, at: number, length: number): Excerpt {
  const visible = text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    "\u00b7",
  );
  if (visible.length <= MAX_WIDTH)
    return { text: visible, column: at + 1, length: Math.min(length, MAX_WIDTH) };
  const start = Math.max(0, at - CONTEXT);
  const shown = visible.slice(start, start + MAX_WIDTH);
  const head = start > 0 ? `…${shown}` : shown;
  const column = at - start + (start > 0 ? 2 : 1);
  const tail = start + MAX_WIDTH < visible.length ? "…" : "";
  return { text: `${head}${tail}`, column, length: Math.max(1, Math.min(length, head.length - column + 1)) };
}

/** `password = "…"`, alone or in an inline table: what follows a key for secrets is masked. */
const maskSecretKeys = (line: string): string =>
  line.replace(
    /([\w-]{1,64})(["']?\s{0,8}=\s{0,8})("(?:[^"\\]|\\.){0,4096}"?|'[^']{0,4096}'?|[^\s,}\]]{1,4096})/g,
    (all, key: string, equals: string) => (isSecretName(key) ? `${key}${equals}[redacted]` : all),
  );
