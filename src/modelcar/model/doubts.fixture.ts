import { expect } from "bun:test";
import { decide } from "../decision/decide.ts";
import { parseGpus } from "../gpus/parse.ts";
import { namedRuntime } from "../runtime/image.ts";
import type { ModelFacts } from "./model-facts.ts";

/** What is decided of a model on one H200. */
export function verdictOf(facts: ModelFacts): { verdict: string; reason: string } {
  const entry = { name: "m", image: facts.reference, outputType: undefined, args: [], gpuCount: 1, line: 1 };
  const inventory = parseGpus("H200", namedRuntime("0.11.0", "test"));
  const { models } = decide([{ entry, facts, unread: undefined }], inventory);
  return { verdict: models[0]!.verdict, reason: models[0]!.reasons.map(({ text }) => text).join("\n") };
}

/** A doubt makes UNKNOWN, and is told. */
export function expectDoubt(facts: ModelFacts, code: string, text: string): void {
  expect(facts.doubts?.map((doubt) => doubt.code)).toContain(code as "weights-missing");
  const { verdict, reason } = verdictOf(facts);
  expect(verdict).toBe("UNKNOWN");
  expect(reason).toContain(text);
  expect(facts.problems.join("\n")).toContain(text);
}
