import { resolve } from "node:path";
import { imageShapeOf } from "../../models/data/image-shape.ts";
import type { SourceFacts } from "../../models/pipeline/source.ts";
import type { LayerReport } from "../../models/quantize/types.ts";
import { bytes, shape, whole } from "../../models/report/format.ts";
import { TARGET_NAMES, TARGETS } from "../../models/targets/index.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { keyValues, table } from "../terminal/table.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "Show what is in a model, and what would be quantized",
  description:
    "Nothing is run: it shows inputs, outputs, operators, weights, and for each layer whether int8 would take it.",
  positionals: [{ name: "model", description: ".onnx", completes: "file" }],
  options: {
    target: {
      type: "string",
      short: "t",
      value: "TARGET",
      description: "For whose kernels it would be quantized",
      choices: TARGET_NAMES,
      default: "cpu",
    },
    layers: { type: "boolean", description: "List every layer" },
  },
  examples: [
    { command: "agent2389 deploy-model inspect yolov8n.onnx" },
    { command: "agent2389 deploy-model inspect yolov8n.onnx --layers --json" },
  ],
  async run(ctx, { model }, { target: name, layers: all }) {
    const [{ readSource }, { layersInInt8 }, { guessPreprocessing }, world, { target }] = await Promise.all([
      import("../../models/pipeline/source.ts"),
      import("../../models/pipeline/layers-in-int8.ts"),
      import("../../models/pipeline/guess-preprocessing.ts"),
      modelWorld(ctx),
      TARGETS[name].load(),
    ]);
    const source = await readSource(resolve(ctx.cwd, model));
    const { layers, problem } = layersInInt8(source.model, target.profile(world.machine));
    const found: Inspection = {
      file: model,
      bytes: source.bytes,
      sha256: source.sha256,
      ...source.facts,
      target: name,
      layers,
      problem,
      preprocessing: guessPreprocessing(source.model, source.file).preset,
    };
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(jsonOf(found), null, 2));
    else show(ctx, found, all);
    return 0;
  },
});

interface Inspection extends SourceFacts {
  file: string;
  bytes: number;
  sha256: string;
  target: string;
  layers: LayerReport[];
  /** Why it cannot be quantized at all. */
  problem: string | undefined;
  preprocessing: string;
}

const jsonOf = (found: Inspection): object => ({
  ...found,
  operators: Object.fromEntries(found.operators),
  inputs: found.inputs.map(portJson),
  outputs: found.outputs.map(portJson),
});

const portJson = ({ name, type, dims }: SourceFacts["inputs"][number]) => ({
  name,
  type,
  dims: dims.map((dim) => dim ?? null),
});

function show({ stdout }: Context, found: Inspection, all: boolean): void {
  const { colors } = stdout;
  const ports = (list: SourceFacts["inputs"]) =>
    list
      .map(({ name, type, dims }) => `${name}: ${type} ${shape(dims.map((dim) => dim ?? null))}`)
      .join("\n");
  stdout.write(
    keyValues(
      [
        ["model", `${colors.bold(found.file)}, ${bytes(found.bytes)}`],
        ["opset", `${found.opset}${found.producer === "" ? "" : `, by ${found.producer}`}`],
        ["inputs", ports(found.inputs)],
        ["outputs", ports(found.outputs)],
        ["weights", whole(found.parameters)],
        ["operators", found.operators.map(([name, count]) => `${name} ${count}`).join(", ")],
        ...imagesText(found),
        ["int8", int8Text(found)],
      ],
      stdout,
    ),
  );
  const left = found.layers.filter(({ precision }) => precision === "float");
  const shown = all ? found.layers : left;
  if (shown.length === 0) return;
  line(stdout);
  stdout.write(
    table(
      [
        { title: "LAYER", shrinks: true },
        { title: "OPERATOR" },
        { title: "INT8" },
        { title: "WHY NOT", shrinks: true },
      ],
      shown.map(({ name, opType, precision, reason = "" }) => [
        name,
        opType,
        precision === "float" ? colors.yellow("no") : colors.green("yes"),
        reason,
      ]),
      stdout,
    ),
  );
}

/** Of a model that takes none there is nothing to say. */
const imagesText = ({ inputs, preprocessing }: Inspection): [string, string][] =>
  inputs.some(({ dims }) => imageShapeOf({ dims: dims.map((dim) => (typeof dim === "number" ? dim : 0)) }))
    ? [["images", `would be preprocessed as "${preprocessing}" unless --preprocess says otherwise`]]
    : [];

function int8Text({ layers, problem, target }: Inspection): string {
  if (problem !== undefined) return `not possible: ${problem}`;
  const quantized = layers.filter(({ precision }) => precision !== "float").length;
  return `${quantized} of ${layers.length} layers with weights would be quantized for ${target}`;
}
