import { UsageError } from "../../base/errors.ts";
import type { Decision, ModelNeed } from "../../modelcar/decision/types.ts";
import type { Inventory } from "../../modelcar/inventory/types.ts";
import { referenceEntry } from "../../modelcar/manifest/reference-entry.ts";
import type { ModelEntry } from "../../modelcar/manifest/types.ts";
import type { Report } from "../../modelcar/report/types.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";
import { line } from "../terminal/streams.ts";
import { machinesOf } from "./machines.ts";
import { machineOptions, readOptions, runtimeOptions } from "./options.ts";
import { modelWorld, runtimeOf } from "./world.ts";

const options = {
  ...machineOptions,
  ...runtimeOptions,
  ...readOptions,
  "max-model-len": {
    type: "string",
    value: "TOKENS",
    description: "Context of a sequence, as 32768 or 32k; default: the model's own limit",
  },
  "tensor-parallel-size": {
    type: "number",
    value: "N",
    description: "GPUs that the model is spread over; default: 1",
    min: 1,
    max: 1024,
    whole: true,
  },
  arg: {
    type: "string",
    short: "a",
    value: "ARGUMENT",
    multiple: true,
    description: "Any other argument of vllm serve: --arg=--kv-cache-dtype=fp8",
  },
  brief: { type: "boolean", description: "Without the formulas" },
} as const satisfies OptionSpecs;

export const command = defineCommand({
  summary: "Estimate one model by its reference, without a model-car file",
  description:
    "With --gpus, --inventory or --context it tells whether the model serves there; without, on which types of GPU it would, and how " +
    "many it takes. Ends with 1 when it serves on none of them.",
  positionals: [
    {
      name: "model",
      description: "oci://registry/name:tag, hf://org/model, a folder, or a .gguf file",
      completes: "file",
    },
  ],
  options,
  examples: [
    {
      command:
        "agent2389 model-car estimate oci://registry.example/granite-3.1-8b-instruct:1.5 --max-model-len 32768",
    },
    { command: "agent2389 model-car estimate hf://org/model --gpus 2xL40S --tensor-parallel-size 2" },
    { command: "agent2389 model-car estimate ./my-model --arg=--kv-cache-dtype=fp8" },
    { command: "agent2389 model-car estimate model-Q4_K_M.gguf --json" },
  ],
  async run(ctx, { model }, given) {
    if (model.trim() === "")
      throw new UsageError("<model> is empty", { hint: "Name an image, a model or a folder." });
    const { gpus, inventory, kubeconfig, context } = given;
    const named = [gpus, inventory, kubeconfig, context].some((value) => value !== undefined);
    const machines = named ? await machinesOf(ctx, given, runtimeOf(given)) : undefined;
    const { readNeeds } = await import("../../modelcar/supervisor/read-needs.ts");
    const [need] = await readNeeds([entryOf(model, given)], await modelWorld(ctx, given));
    return machines === undefined
      ? onEveryGpu(ctx, need!, given)
      : onMachines(ctx, need!, (await machines.inspect()).inventory, given.brief);
  },
});

type Options = OptionValues<typeof options>;

function entryOf(model: string, given: Options): ModelEntry {
  const { "max-model-len": length, "tensor-parallel-size": parallel, arg } = given;
  return referenceEntry(model, [
    ...(length === undefined ? [] : [`--max-model-len=${length}`]),
    ...(parallel === undefined ? [] : [`--tensor-parallel-size=${parallel}`]),
    ...arg,
  ]);
}

async function onMachines(
  ctx: Context,
  need: ModelNeed,
  inventory: Inventory,
  brief: boolean,
): Promise<0 | 1> {
  const [{ buildReport }, { optimizeFor }] = await Promise.all([
    import("../../modelcar/report/build.ts"),
    import("../../modelcar/optimize/optimize.ts"),
  ]);
  const decision = await decided(need, inventory);
  const edits = optimizeFor(need, inventory);
  const optimized = new Map(edits.deployable && edits.changes.length > 0 ? [[need.entry.name, edits]] : []);
  const { stdout, globals } = ctx;
  const report = buildReport({
    ...{ file: need.entry.image, needs: [need], inventory, decision, optimized },
    ...{ steps: [], warnings: [] },
  });
  if (globals.json) line(stdout, JSON.stringify(report, null, 2));
  else {
    const [{ decisionText }, { showVerdict }] = await Promise.all([
      import("./show/decision.ts"),
      import("./show/verdict.ts"),
    ]);
    if (!globals.quiet) {
      for (const text of untold(need, report)) line(stdout, `${stdout.colors.yellow("!")} ${text}`);
      line(stdout, `${decisionText(report, stdout, !brief).trimEnd()}\n`);
    }
    await showVerdict(ctx, report, inventory);
  }
  return report.verdict === "GO" ? 0 : 1;
}

/** Where no GPU is known, what the model needs is told all the same. */
async function decided(need: ModelNeed, inventory: Inventory): Promise<Decision> {
  const [{ decide }, { unknownGpus }] = await Promise.all([
    import("../../modelcar/decision/decide.ts"),
    import("../../modelcar/decision/unread.ts"),
  ]);
  if (unknownGpus(inventory) === undefined) return decide([need], inventory);
  return (await import("../../modelcar/supervisor/nominal.ts")).withoutMachines([need], inventory);
}

/** What was odd as the model was read, and no reason says. */
const untold = ({ facts }: ModelNeed, { models }: Report): string[] =>
  (facts === undefined || facts.estimatedFromName ? [] : facts.problems).filter(
    (problem) =>
      !models.some(({ reasons }) => reasons.some(({ text }) => text.includes(firstWords(problem)))),
  );

/** Reasons end without the full stop, and put hints in their own way. */
const firstWords = (text: string): string => text.split(". ")[0]!.replace(/\.$/, "");

async function onEveryGpu(ctx: Context, need: ModelNeed, given: Options): Promise<0 | 1> {
  const { stdout, globals } = ctx;
  const [{ matrix, allGpus }, { factsReport }] = await Promise.all([
    import("../../modelcar/matrix/matrix.ts"),
    import("../../modelcar/report/build.ts"),
  ]);
  const [row] = matrix([need], allGpus(), runtimeOf(given));
  const cells = row!.cells;
  if (globals.json) {
    const value = {
      model: need.entry.image,
      args: need.entry.args,
      facts: need.facts && factsReport(need.facts),
      gpus: cells,
    };
    line(stdout, JSON.stringify(value, null, 2));
  } else {
    const { estimateText } = await import("./show/matrix.ts");
    stdout.write(estimateText(need, cells, stdout));
  }
  return cells.some(({ verdict }) => verdict === "GO") ? 0 : 1;
}
