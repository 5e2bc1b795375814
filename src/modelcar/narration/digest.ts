import { toldReasons } from "../report/text.ts";
import type { AcceleratorReport, ModelReport, Report } from "../report/types.ts";
import { GIB } from "../requirements/units.ts";

/** What of a report a language model needs to answer, without what it would only copy. GiB are rounded to hundredths. */
export function reportDigest(report: Report, explain: boolean): object {
  const { file, verdict, summary, models, together, warnings, accelerators } = report;
  const runtime = accelerators?.runtime;
  return {
    ...{ file, verdict, summary, runtime, together, warnings },
    machines: accelerators && machinesDigest(accelerators),
    models: models.map((model) => modelDigest(model, explain)),
  };
}

/** The nodes that have GPUs, each with what is free of them and what keeps pods off. */
const machinesDigest = ({ nodes, problems }: AcceleratorReport): object => ({
  nodes: nodes
    .filter(({ gpus }) => gpus.length > 0)
    .map(({ name, ready, schedulable, taints, gpus }) => ({
      name,
      ...(!ready && { ready }),
      ...(!schedulable && { schedulable }),
      ...(taints.length > 0 && { taints }),
      gpus: gpus.map(({ product, capacity, allocatable, free }) => ({
        ...{ product, allocatable, free },
        ...(allocatable < capacity && { unhealthy: capacity - allocatable }),
      })),
    })),
  ...(problems.length > 0 && {
    problems: problems.map(({ text, hint }) => (hint === undefined ? text : `${text}. ${hint}`)),
  }),
});

const gib = (bytes: number): number => Math.round((bytes / GIB) * 100) / 100;

function modelDigest(model: ModelReport, explain: boolean): object {
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
    reasons: explain ? reasons : toldReasons(model),
    gpu: gpu?.name,
    memory: gpu === undefined ? neededDigest(model.memory) : memoryDigest(model.memory, explain),
    architecture: facts?.architecture,
    parameters: facts?.parameters,
    quantization: facts?.quantization?.scheme,
    contextLimit: facts?.contextLimit,
    estimatedFromName: facts?.estimatedFromName,
    problems: facts?.problems,
    ...(explain && { evidence: facts?.evidence }),
  };
}

/** Where no GPU is known, what is needed is told for one that stands in, and nothing of what is left. */
function neededDigest(memory: ModelReport["memory"]): object | undefined {
  if (memory === undefined) return undefined;
  const { gpus, contextLength, total, assumptions } = memory;
  return { gpus, contextLength, neededGiBEachGpu: gib(total), assumptions };
}

export function memoryDigest(memory: ModelReport["memory"], explain: boolean): object | undefined {
  if (memory === undefined) return undefined;
  const { gpus, terms, contextLength, largestContext, concurrency, tight } = memory;
  return {
    ...{ gpus, contextLength, largestContext, concurrency: Math.round(concurrency * 10) / 10 },
    neededGiBEachGpu: gib(memory.total),
    usableGiBEachGpu: gib(memory.budget),
    marginGiBEachGpu: gib(memory.margin),
    tight,
    terms: explain
      ? terms.map(({ label, bytes, formula }) => ({ label, GiB: gib(bytes), formula }))
      : Object.fromEntries(terms.map(({ label, bytes }) => [label, gib(bytes)])),
    ...(explain && { assumptions: memory.assumptions }),
  };
}
