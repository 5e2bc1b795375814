import type { Inventory } from "../../modelcar/inventory/types.ts";
import { memoryDigest, reportDigest } from "../../modelcar/narration/digest.ts";
import { nominalReports } from "../../modelcar/supervisor/nominal.ts";
import { supervise } from "../../modelcar/supervisor/supervise.ts";
import type { SupervisorInput } from "../../modelcar/supervisor/types.ts";
import { needsOf, type Question } from "./question.ts";
import { guardedWorld } from "./world.ts";

/** Verdicts with their reasons: what a language model needs to answer, without what it would only copy. */
export async function checkAnswer(
  { input, deps, ctx, runtime }: Question,
  car: SupervisorInput["car"],
  inventory: Inventory,
): Promise<{ content: object; metadata: Record<string, unknown> }> {
  const { report } = await supervise({
    ...{ car, runtime, machines: "the machines" },
    world: guardedWorld(deps, ctx.signal),
    inspect: async () => ({ inventory, checks: [] }),
    onEvent: (event) => {
      if (event.type === "check") ctx.progress(`${event.step}: ${event.check.text}`);
    },
  });
  return { content: reportDigest(report, input.explain), metadata: { verdict: report.verdict } };
}

/** What the models need of one GPU of 80 GB, whose size decides vLLM's defaults. */
export async function requirementsAnswer(
  question: Question,
  { models }: SupervisorInput["car"],
): Promise<{ content: object }> {
  const needs = await needsOf(question, models);
  const content = nominalReports(needs, question.runtime).map(({ name, facts, memory }) => ({
    name,
    facts,
    memory: memoryDigest(memory, question.input.explain),
  }));
  return { content: { gpu: "NVIDIA H100 80GB", models: content } };
}
