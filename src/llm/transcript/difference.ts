import type { CanonicalRequest } from "./canonical.ts";

export interface Difference {
  /** `messages[1].content`. */
  path: string;
  recorded: string;
  asked: string;
}

/** The first place, in the order of the fields, in which two values differ. */
function firstDifference(recorded: unknown, asked: unknown, path = ""): Difference | undefined {
  if (Object.is(recorded, asked)) return undefined;
  if (!isContainer(recorded) || !isContainer(asked) || Array.isArray(recorded) !== Array.isArray(asked)) {
    return { path, recorded: excerpt(recorded, asked), asked: excerpt(asked, recorded) };
  }
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(asked)])];
  for (const name of names) {
    const step = Array.isArray(asked) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    const difference = firstDifference(recorded[name], asked[name], step);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const isContainer = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object";

const WINDOW = 60;

/** The part of a text from shortly before it differs from the other one. */
function excerpt(value: unknown, other: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value !== "string") return cut(JSON.stringify(value), 0);
  let same = 0;
  if (typeof other === "string") while (same < value.length && value[same] === other[same]) same += 1;
  return cut(JSON.stringify(value).slice(1, -1), Math.max(0, same - 15));
}

function cut(text: string, start: number): string {
  const part = text.slice(start, start + WINDOW);
  return `"${start > 0 ? "…" : ""}${part}${start + WINDOW < text.length ? "…" : ""}"`;
}

/** How alike two requests are: the more messages they share from the start, then the same number of them, model, tools. */
function likeness(recorded: CanonicalRequest, asked: CanonicalRequest): number {
  let shared = 0;
  while (
    shared < asked.messages.length &&
    shared < recorded.messages.length &&
    firstDifference(recorded.messages[shared], asked.messages[shared]) === undefined
  ) {
    shared += 1;
  }
  const sameCount = recorded.messages.length === asked.messages.length ? 4 : 0;
  const sameModel = recorded.model === asked.model ? 2 : 0;
  const sameTools = firstDifference(recorded.tools, asked.tools) === undefined ? 1 : 0;
  return shared * 8 + sameCount + sameModel + sameTools;
}

/** The recorded request that is most like the one asked, and where the two part. */
export function nearestRequest(
  recorded: readonly CanonicalRequest[],
  asked: CanonicalRequest,
): Difference | undefined {
  let best: { request: CanonicalRequest; score: number } | undefined;
  for (const request of recorded) {
    const score = likeness(request, asked);
    if (best === undefined || score > best.score) best = { request, score };
  }
  return best === undefined ? undefined : firstDifference(best.request, asked);
}
