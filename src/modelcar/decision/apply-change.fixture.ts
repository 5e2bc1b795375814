import { parseGpus } from "../gpus/parse.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import { otherServings, tolerating, withRelease } from "../inventory/serving.ts";
import { parseToleration } from "../inventory/tolerations.ts";
import type { Inventory } from "../inventory/types.ts";
import { quantizationFacts } from "../quantization/facts.ts";
import { withArgument, withoutArgument } from "../settings/edit.ts";
import type { Change, ModelNeed } from "./types.ts";

export interface Situation {
  need: ModelNeed;
  inventory: Inventory;
}

const PICKS = {
  "FP8 (W8A8)": quantizationFacts("compressed-tensors", "w8a8-fp8", { weightBits: 8, activationBits: 8 }),
  "INT8 (W8A8)": quantizationFacts("compressed-tensors", "w8a8-int8", { weightBits: 8, activationBits: 8 }),
  "INT4 (W4A16)": quantizationFacts("compressed-tensors", "w4a16", {
    ...{ weightBits: 4, groupSize: 128, symmetric: true },
  }),
};

/** What becomes of a situation when a person does what the words of a change say, and nothing else. */
export function applyChange(change: Change, situation: Situation): Situation {
  const { value, why } = change;
  if (change.kind === "argument" || change.kind === "remove-argument") return applyOne(change, situation);
  const [first, ...others] = value!.split(/ (?:with |(?=without ))/);
  return others.reduce<Situation>(
    (done, words) => applyOne(changeOf(words, why), done),
    applyOne({ ...change, value: first }, situation),
  );
}

const KINDS: Readonly<Record<string, Change["kind"]>> = {
  ...{ quota: "cluster", toleration: "cluster", image: "model", quantization: "model" },
  ...{ vLLM: "runtime", GPU: "hardware", GPUs: "hardware" },
};

/** `quota: a to 4 of …`, or edits of arguments. */
function changeOf(words: string, why: string): Change {
  const [, what = "", value] = /^(\w+): (.+)$/.exec(words) ?? [];
  const kind = KINDS[what];
  return kind === undefined
    ? { kind: "argument", what: words, value: undefined, why }
    : { kind, what, value, why };
}

function applyOne({ kind, what, value, why }: Change, { need, inventory }: Situation): Situation {
  if (kind === "argument" || kind === "remove-argument")
    return { inventory, need: counted(edited(need, argumentWords(kind, what, value)), why) };
  if (kind === "runtime") return { need, inventory: released(inventory, value!) };
  if (kind === "hardware") {
    const nodes = [...inventory.nodes, ...serverOf(value!).nodes];
    return { need: counted(need, why), inventory: { ...inventory, nodes } };
  }
  if (kind === "model") return { inventory, need: otherModel(need, what, value!) };
  return {
    need,
    inventory:
      what === "quota"
        ? raised(inventory, value!)
        : tolerating(
            inventory,
            value!.split(", ").map((text) => parseToleration(text)!),
          ),
  };
}

const argumentWords = (kind: string, what: string, value: string | undefined): string[] => {
  if (kind === "remove-argument") return ["without", what];
  return value === undefined ? what.split(" ") : [`${what}=${value}`];
};

/** `with gpu_count: 4` beside another change. */
function counted(need: ModelNeed, why: string): ModelNeed {
  const count = /with gpu_count: (\d+)/.exec(why)?.[1];
  return count === undefined ? need : { ...need, entry: { ...need.entry, gpuCount: Number(count) } };
}

function edited(need: ModelNeed, words: readonly string[]): ModelNeed {
  let { args, gpuCount } = need.entry;
  for (let i = 0; i < words.length; i++) {
    const without = words[i] === "without";
    const word = words[without ? ++i : i]!;
    const [flag = "", value] = word.slice(2).split("=");
    if (word.startsWith("gpu_count=")) {
      gpuCount = Number(value);
      continue;
    }
    args = without ? withoutArgument(args, flag) : withArgument(args, flag, value);
  }
  return { ...need, entry: { ...need.entry, args, gpuCount } };
}

/** `8x NVIDIA H200`: a server that is bought. */
function serverOf(value: string): Inventory {
  const [count, ...name] = value.split("x ");
  const type = GPU_TYPES.find((one) => one.name === name.join("x "));
  const server = parseGpus(`${count}x ${type?.id}`, {
    ...{ version: undefined, image: undefined, platform: undefined, evidence: "" },
  });
  return { ...server, nodes: server.nodes.map((node) => ({ ...node, name: "bought" })) };
}

function otherModel(need: ModelNeed, what: string, value: string): ModelNeed {
  const facts = need.facts!;
  if (what === "image") {
    const architectures = [...facts.container!.architectures, value.replace("linux/", "")];
    return { ...need, facts: { ...facts, container: { ...facts.container!, architectures } } };
  }
  const quantization = PICKS[value as keyof typeof PICKS];
  return { ...need, facts: { ...facts, tensors: undefined, quantization } };
}

function raised(inventory: Inventory, value: string): Inventory {
  const limits = value.split(", ").map((part) => /^(.+) to (\d+) of (\S+)$/.exec(part)!);
  return {
    ...inventory,
    quotas: inventory.quotas.map((quota) => {
      const limit = limits.find(([, name, , resource]) => name === quota.name && resource === quota.resource);
      return limit === undefined ? quota : { ...quota, hard: Number(limit[2]) };
    }),
  };
}

/** Whichever of its runtimes the change is told of. */
const released = (inventory: Inventory, version: string): Inventory =>
  [undefined, ...otherServings(inventory).map(({ vendor }) => vendor)].reduce<Inventory>(
    (all, vendor) => withRelease(all, vendor, version),
    inventory,
  );
