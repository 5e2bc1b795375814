import { basename, resolve } from "node:path";
import { counted } from "../../base/counted.ts";
import type { BenchedModel } from "../../models/pipeline/bench-models.ts";
import { bytes, milliseconds, significant, times } from "../../models/report/format.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { right, table } from "../terminal/table.ts";
import { inputOptions, threadOption } from "./options.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "Measure how fast models run on this machine",
  description:
    "By ONNX Runtime, with noise for input, one run after the other; several models take turns, so that a machine that " +
    "slows down does so for all.",
  positionals: [
    { name: "models", description: ".onnx, or folders that 'run' wrote", multiple: true, completes: "file" },
  ],
  options: {
    "input-shape": inputOptions["input-shape"],
    runs: {
      type: "number",
      value: "N",
      description: "Counted runs of each",
      min: 1,
      max: 100_000,
      whole: true,
      default: 200,
    },
    "warm-up": {
      type: "number",
      value: "N",
      description: "Runs before them",
      min: 0,
      max: 10_000,
      whole: true,
      default: 20,
    },
    ...threadOption,
  },
  examples: [
    { command: "agent2389 deploy-model bench resnet.onnx resnet-cpu-int8" },
    { command: "agent2389 deploy-model bench model.onnx --threads 1 --runs 1000 --json" },
  ],
  async run(ctx, { models }, { runs, threads, ...given }) {
    const [{ benchModels }, { parseInputShape }, world] = await Promise.all([
      import("../../models/pipeline/bench-models.ts"),
      import("../../models/data/input-shapes.ts"),
      modelWorld(ctx),
    ]);
    const found = await benchModels(
      models.map((model) => resolve(ctx.cwd, model)),
      { shapes: given["input-shape"].map(parseInputShape), runs, warmUp: given["warm-up"], threads },
      world,
    );
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(found, null, 2));
    else show(ctx, found);
    return 0;
  },
});

function show(
  { stdout }: Context,
  { machine, models }: { machine: string; models: readonly BenchedModel[] },
): void {
  const [first] = models;
  stdout.write(
    table(
      [{ title: "MODEL", shrinks: true }, ...["P50", "P90", "P99", "RUNS/S", "SIZE", "SPEED"].map(right)],
      models.map(({ file, bytes: size, latency }) => [
        basename(file),
        milliseconds(latency.p50),
        milliseconds(latency.p90),
        milliseconds(latency.p99),
        significant(latency.perSecond),
        bytes(size),
        times(first!.latency.p50 / latency.p50),
      ]),
      stdout,
    ),
  );
  line(stdout);
  for (const { file, madeFor } of models) {
    if (madeFor === undefined) continue;
    const text = `${basename(file)} is made for ${madeFor}: this is ONNX Runtime on this machine's processor, and tells nothing of that device.`;
    line(stdout, `${stdout.colors.yellow("note:")} ${text}`);
  }
  line(
    stdout,
    stdout.colors.dim(
      `on ${machine}; ${counted(first!.latency.runs, "run")} each after ${first!.latency.warmUp}`,
    ),
  );
}
