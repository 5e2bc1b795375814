import { ExpectedError } from "../base/errors.ts";
import { type Redact, redactor } from "../base/redact.ts";
import type { ProgramResult } from "../base/run-program.ts";
import type { SecretValues, Step } from "./target.ts";

/** Masks the values, also the lines of those that have several, and what base64 makes of them. */
export function secretRedactor(secrets: SecretValues): Redact {
  const values = Object.values(secrets);
  return redactor(
    values.flatMap((value) => [value, ...value.split("\n"), Buffer.from(value).toString("base64")]),
  );
}

const GO_ON = "What stands is not undone: mend it, and run the same command again.";
const ONLY_LOOKED = "This only looks: it changed nothing.";

/** The error of a step that failed: what it was about, why, what stands and how to go on. */
export const stepFailure = (
  { title, readOnly, shown, onFailure = readOnly && shown ? ONLY_LOOKED : GO_ON }: Step,
  why: string,
  diagnosis = "",
): ExpectedError => new ExpectedError(`could not ${title}: ${why}${diagnosis}`, { hint: onFailure });

/** Why a program failed, with the last lines of what it said. */
export function whyItFailed(
  program: string,
  { code, stdout, stderr, timedOut }: ProgramResult,
  redact: Redact,
): string {
  const how = timedOut ? "it took too long" : `${program} ended with ${code}`;
  return `${how}${quoted(stderr.trim() === "" ? stdout : stderr, redact)}`;
}

const MAX_LINES = 20;

/** The last lines of what a program said, indented below what we say. */
export function quoted(text: string, redact: Redact): string {
  const all = linesOf(redact(text)).filter((line) => line.trim() !== "");
  const kept = all.slice(-MAX_LINES);
  return [...(kept.length < all.length ? ["…"] : []), ...kept].map((line) => `\n  | ${line}`).join("");
}

/** Without the codes that some programs write for terminals even into a pipe (Docker Compose). */
export const linesOf = (text: string): string[] => Bun.stripANSI(text).replace(/\n$/, "").split(/\r?\n/);
