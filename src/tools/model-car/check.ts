import { decide } from "../../modelcar/decision/decide.ts";
import { parseGpus } from "../../modelcar/gpus/parse.ts";
import { modelReport } from "../../modelcar/report/build.ts";
import type { ModelReport, Report } from "../../modelcar/report/types.ts";
import { supervise } from "../../modelcar/supervisor/supervise.ts";
import type { SupervisorInput } from "../../modelcar/supervisor/types.ts";
import type { Inventory } from "../../modelcar/types.ts";
import { needsOf, type Question } from "./question.ts";
import { guardedWorld } from "./world.ts";

/** Verdicts with their reasons: what a language model needs to answer, without what it would only copy. */
export async function checkAnswer(
  { input, deps: { setup, options }, ctx, runtime }: Question,
  car: SupervisorInput["car"],
  inventory: Inventory,
): Promise<{ content: object; metadata: Record<string, unknown> }> {
  const { report } = await supervise({
    ...{ car, runtime, machines: "the machines" },
    world: guardedWorld(setup, options, ctx.signal),
    inspect: async () => ({ inventory, checks: [] }),
    onEvent: (event) => {
      if (event.type === "check") ctx.progress(`${event.step}: ${event.check.text}`);
    },
  });
  return { content: shortened(report, input.explain), metadata: { verdict: report.verdict } };
}

function shortened(report: Report, explain: boolean): object {
  const { file, verdict, summary, models, together, warnings, accelerators } = report;
  const runtime = accelerators?.runtime;
  return {
    ...{ file, verdict, summary, runtime, together, warnings },
    models: models.map((model) => modelAnswer(model, explain)),
  };
}

const GIB = 2 ** 30;
const gib = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100;

function modelAnswer(model: ModelReport, explain: boolean): object {
  const { name, args, verdict, verdictLine, reasons, gpu, placement, nearest, optimized, facts } = model;
  const { validTensorParallel, vendorSupported } = model;
  return {
    ...{
      name,
      verdict,
      verdictLine,
      args,
      nearest,
      optimized,
      placement,
      validTensorParallel,
      vendorSupported,
    },
    reasons: explain ? reasons : reasons.filter(({ kind }) => kind !== "note"),
    gpu: gpu?.name,
    memory: memoryAnswer(model.memory, explain),
    architecture: facts?.architecture,
    parameters: facts?.parameters,
    quantization: facts?.quantization?.scheme,
    contextLimit: facts?.contextLimit,
    estimatedFromName: facts?.estimatedFromName,
    problems: facts?.problems,
    ...(explain && { evidence: facts?.evidence }),
  };
}

function memoryAnswer(memory: ModelReport["memory"], explain: boolean): object | undefined {
  if (memory === undefined) return undefined;
  const { gpus, terms, contextLength, largestContext, concurrency } = memory;
  return {
    ...{ gpus, contextLength, largestContext, concurrency: Math.round(concurrency * 10) / 10 },
    neededGiBEachGpu: gib(memory.total),
    usableGiBEachGpu: gib(memory.budget),
    marginGiBEachGpu: gib(memory.margin),
    terms: explain
      ? terms.map(({ label, bytes, formula }) => ({ label, GiB: gib(bytes), formula }))
      : Object.fromEntries(terms.map(({ label, bytes }) => [label, gib(bytes)])),
    ...(explain && { assumptions: memory.assumptions }),
  };
}

/** What the models need of one GPU of 80 GB, whose size decides vLLM's defaults. */
export async function requirementsAnswer(
  question: Question,
  { models }: SupervisorInput["car"],
): Promise<{ content: object }> {
  const needs = await needsOf(question, models);
  const decided = decide(needs, parseGpus("1024x H100-80GB", question.runtime)).models;
  const reports = needs.map((need, i) => modelReport(need, decided[i]!, undefined));
  const content = reports.map(({ name, facts, memory }) => ({
    name,
    facts,
    memory: memoryAnswer(memory, question.input.explain),
  }));
  return { content: { gpu: "NVIDIA H100 80GB", models: content } };
}
