import { resolve } from "node:path";
import type { QuantizedFile } from "../../models/pipeline/quantize-file.ts";
import { bytes, decibels, jsonRatio, percent } from "../../models/report/format.ts";
import { precisionName } from "../../models/report/summary.ts";
import { ofVersion } from "../../models/targets/of-version.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { programVersion } from "../framework/version.ts";
import { line } from "../terminal/streams.ts";
import { table } from "../terminal/table.ts";
import { tensorrtGiven, tensorrtOption } from "./device-options.ts";
import { inputOptions, precisionOptions, targetOption, threadOption, trustOption } from "./options.ts";
import { quantizeRequestOf } from "./request.ts";
import { showProgress } from "./show-progress.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "Write a model in another precision, without a target",
  description:
    "The ONNX file alone, which says its precision itself: Q/DQ nodes for int8, float16 tensors for fp16. What it is worth " +
    "tells 'deploy-model validate'.",
  positionals: [{ name: "model", description: ".onnx, or PyTorch's .pt, .pth, .pt2", completes: "file" }],
  options: {
    ...targetOption,
    ...precisionOptions,
    ...inputOptions,
    ...trustOption,
    ...threadOption,
    ...tensorrtOption,
    out: {
      type: "string",
      short: "o",
      value: "FILE",
      description: "File to write; default: <model>.<precision>.onnx",
      completes: "file",
    },
    force: { type: "boolean", short: "f", description: "Write over a file that this command did not make" },
    layers: { type: "boolean", description: "List every layer" },
  },
  examples: [
    { command: "agent2389 deploy-model quantize model.onnx --calibration-data ./calib -o model.int8.onnx" },
    { command: "agent2389 deploy-model quantize llm.onnx --precision int8-weights --weight-bits 4" },
  ],
  async run(ctx, { model }, { layers, out, force, tensorrt, ...given }) {
    const [request, world, { quantizeFile }] = await Promise.all([
      quantizeRequestOf(ctx, model, given),
      modelWorld(ctx),
      import("../../models/pipeline/quantize-file.ts"),
    ]);
    const version = tensorrtGiven(tensorrt, request.target);
    const program = { name: "agent2389", version: programVersion().version };
    const outFile = resolve(ctx.cwd, out ?? `${model.replace(/\.[^.]*$/, "")}.${given.precision}.onnx`);
    const shown = showProgress(ctx);
    try {
      const { progress } = shown;
      const made = await quantizeFile(
        {
          ...request,
          ...(version !== undefined && { target: ofVersion(request.target, version) }),
          outFile,
          force,
        },
        { world, clock: ctx.clock, program, progress },
      );
      shown.stop();
      show(ctx, made, layers);
      return 0;
    } catch (thrown) {
      shown.stopped(thrown);
      throw thrown;
    } finally {
      shown.stop();
    }
  },
});

/** As JSON has it: an infinite ratio is told, not left out. */
const plain = ({ weights, ...layer }: QuantizedFile["layers"][number]) => ({
  ...layer,
  ...(weights && { weights: { ...weights, sqnr: jsonRatio(weights.sqnr) } }),
});

function show({ stdout, globals }: Context, made: QuantizedFile, all: boolean): void {
  if (globals.json) {
    line(stdout, JSON.stringify({ ...made, layers: made.layers.map(plain) }, null, 2));
    return;
  }
  const { colors } = stdout;
  const size = `${bytes(made.bytes)}, ${percent(made.bytes / made.sourceBytes, 0)} of ${bytes(made.sourceBytes)}`;
  line(stdout, `${colors.green("✓")} ${colors.bold(made.file)} (${size})`);
  const shown = all ? made.layers : made.layers.filter(({ precision }) => precision === "float");
  if (shown.length === 0) return;
  stdout.write(
    table(
      [
        { title: "LAYER", shrinks: true },
        { title: "OPERATOR" },
        { title: "PRECISION" },
        { title: "SQNR OF WEIGHTS", align: "right" },
        { title: "WHY IN FLOAT", shrinks: true },
      ],
      shown.map(({ name, opType, precision, weights, reason }) => [
        name,
        opType,
        precisionName(precision),
        weights ? decibels(weights.sqnr) : "",
        reason ?? "",
      ]),
      stdout,
    ),
  );
}
