import { redactor } from "../../base/redact.ts";
import { parseGpus } from "../../modelcar/gpus/parse.ts";
import { inventoryJson, readInventory } from "../../modelcar/inventory/saved.ts";
import type { Inventory } from "../../modelcar/inventory/types.ts";
import { parseModelCar } from "../../modelcar/manifest/parse.ts";
import { referenceEntry } from "../../modelcar/manifest/reference-entry.ts";
import type { ModelCar, ModelEntry } from "../../modelcar/manifest/types.ts";
import { namedRuntime, UNKNOWN_RUNTIME } from "../../modelcar/runtime/image.ts";
import type { ToolContext, ToolResult } from "../../runtime/ports/tool.ts";
import { allowedEntries, allowedText } from "./files.ts";
import type { ModelCarInput } from "./options.ts";
import { type AnswerDeps, needsOf, type Question } from "./question.ts";

/** What the tool gives: JSON without secrets. Throws in words for the model. */
export async function answer(input: ModelCarInput, deps: AnswerDeps, ctx: ToolContext): Promise<ToolResult> {
  const version = input.vllm_version ?? deps.options.vllm_version;
  const runtime = version === undefined ? UNKNOWN_RUNTIME : namedRuntime(version, "vllm_version");
  const { content, metadata } = await ACTIONS[input.action]({ input, deps, ctx, runtime });
  const text = JSON.stringify(content, (_, value) => value ?? undefined);
  return { content: redactor()(text), metadata: { action: input.action, ...metadata } };
}

interface Answer {
  content: object;
  metadata?: Record<string, unknown>;
}

const ACTIONS: Readonly<Record<ModelCarInput["action"], (question: Question) => Promise<Answer>>> = {
  check: async (question) => {
    const { checkAnswer } = await import("./check.ts");
    return checkAnswer(question, await carOf(question), await machines(question));
  },
  estimate: async (question) => {
    const { checkAnswer } = await import("./check.ts");
    const models = await allowedEntries([estimated(question.input)], question.deps.roots);
    const file = models[0]!.name;
    const inventory = await machinesOf(question);
    if (inventory !== undefined) return checkAnswer(question, { file, models, warnings: [] }, inventory);
    return matrixAnswer(question, models);
  },
  requirements: async (question) => {
    const { requirementsAnswer } = await import("./check.ts");
    return requirementsAnswer(question, await carOf(question));
  },
  matrix: async (question) => matrixAnswer(question, (await carOf(question)).models),
  async optimize(question) {
    const [car, inventory, { generateCar, notTogether }] = await Promise.all([
      writtenCar(question),
      machines(question),
      import("../../modelcar/optimize/generate.ts"),
    ]);
    const models = await allowedEntries(car.models, question.deps.roots);
    const made = generateCar(car, await needsOf(question, models), inventory);
    const { text, shown, optimized, left } = made;
    const crowded = text === undefined ? undefined : notTogether(made, inventory);
    return {
      content: { yaml: text === undefined ? "" : shown.after, optimized, left, crowded },
      metadata: { left: left.length },
    };
  },
  gpus: async (question) => ({ content: inventoryJson(await machines(question)) }),
};

function estimated({ model, arguments: args = [] }: ModelCarInput): ModelEntry {
  if (model === undefined)
    throw new Error("estimate needs model: oci://registry/name:tag, hf://org/model, or a folder");
  return referenceEntry(model, args);
}

/** The model-car of the question, its references made such that they may be read. */
async function carOf(question: Question): Promise<ModelCar> {
  const car = await writtenCar(question);
  return { ...car, models: await allowedEntries(car.models, question.deps.roots) };
}

/** The model-car of the question, as it is written. */
async function writtenCar({ input: { path, yaml }, deps: { roots } }: Question): Promise<ModelCar> {
  if ((path === undefined) === (yaml === undefined))
    throw new Error("give either path, a model-car file, or yaml, the text of one");
  const text = yaml ?? (await allowedText(path!, roots));
  return parseModelCar(text, path ?? "yaml");
}

async function machines(question: Question): Promise<Inventory> {
  const inventory = await machinesOf(question);
  if (inventory === undefined)
    throw new Error('name the machines: gpus, as "4x NVIDIA-L40S", or inventory, a saved file');
  return inventory;
}

/** Those of the question, else those of the config, else none. */
async function machinesOf({ input, deps, ctx, runtime }: Question): Promise<Inventory | undefined> {
  const { options, roots, setup } = deps;
  if (input.gpus !== undefined && input.inventory !== undefined)
    throw new Error("gpus and inventory both name the machines: give one of them");
  const saved = async (file: string) => readInventory(await allowedText(file, roots), file, runtime);
  if (input.gpus !== undefined) return parseGpus(input.gpus, runtime);
  if (input.inventory !== undefined) return saved(input.inventory);
  if (options.gpus !== undefined) return parseGpus(options.gpus, runtime);
  if (options.inventory !== undefined) return saved(options.inventory);
  if (options.cluster === undefined) return undefined;
  const { clusterInventory } = await import("./cluster.ts");
  return clusterInventory(options.cluster, setup, runtime, ctx);
}

async function matrixAnswer(question: Question, entries: readonly ModelEntry[]): Promise<Answer> {
  const { matrix, usualGpus } = await import("../../modelcar/matrix/matrix.ts");
  const needs = await needsOf(question, entries);
  return { content: { models: matrix(needs, usualGpus(), question.runtime) } };
}
