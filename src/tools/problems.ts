import { closest } from "../base/did-you-mean.ts";
import type * as z from "../base/zod.ts";

/** Something wrong with options or arguments. */
export interface Problem {
  path: (string | number)[];
  /** The fact: what was found, what is expected. */
  message: string;
  /** What to do about it. */
  hint?: string;
}

type Issue = z.core.$ZodIssue;

/**
 * What zod found wrong, in plain words. Values are not repeated: one may be a secret. The issues must have been made
 * with `reportInput`, or what is missing cannot be told from what is of the wrong type.
 */
export function describeProblems(issues: readonly Issue[], known: readonly string[]): Problem[] {
  return issues.flatMap((issue) => describeIssue(issue, known));
}

function describeIssue(issue: Issue, known: readonly string[]): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey([...path, key], known));
  if (issue.code === "invalid_type" && issue.input === undefined && path.length > 0) {
    return [{ path, message: `missing: expected ${issue.expected}` }];
  }
  if (issue.code === "invalid_union") return [{ path, message: alternatives(issue) }];
  if (issue.code === "invalid_key")
    return [{ path, message: plainWords(issue.issues[0]?.message ?? issue.message) }];
  return [{ path, message: plainWords(issue.message) }];
}

function unknownKey(path: (string | number)[], known: readonly string[]): Problem {
  const nested = path.length > 1;
  const meant = nested ? undefined : closest(String(path[0]), known);
  const all = known.length === 0 ? "there are none" : `known: ${known.join(", ")}`;
  const hint = meant === undefined ? all : `did you mean "${meant}"?`;
  return { path, message: "unknown key", ...(!nested && { hint }) };
}

function alternatives(issue: z.core.$ZodIssueInvalidUnion): string {
  const choices = issue.errors.flatMap(([first]) =>
    first === undefined
      ? []
      : [
          plainWords(first.message)
            .replace(/^expected /, "")
            .replace(/, found .*$/, ""),
        ],
  );
  return choices.length === 0 ? "not a value this takes" : `expected ${[...new Set(choices)].join(" or ")}`;
}

/** zod's English without its formal openings and signs: `Invalid input: expected string, received number`. */
const plainWords = (message: string): string =>
  message
    .replace(/^(Invalid (input|option|string)|Too (big|small)): /, "")
    .replace(/, received /, ", found ")
    .replace(/ to (be|have) <=/, " of at most ")
    .replace(/ to (be|have) >=/, " of at least ")
    .replace(/ to be </, " below ")
    .replace(/ to be >/, " above ")
    .replaceAll('"|"', '", "');
