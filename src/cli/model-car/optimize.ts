import { resolve } from "node:path";
import { capital } from "../../base/capital.ts";
import { UsageError } from "../../base/errors.ts";
import { isSameFile } from "../../base/same-file.ts";
import type { ModelCar } from "../../modelcar/manifest/types.ts";
import { changeText } from "../../modelcar/report/text.ts";
import { defineCommand, type ExitCode } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import type { OptionSpecs } from "../framework/option-spec.ts";
import { coloredPatch } from "../terminal/patch.ts";
import { line, warningLine } from "../terminal/streams.ts";
import { generatedName } from "./generated-name.ts";
import { loadCar } from "./load-car.ts";
import { machinesOf } from "./machines.ts";
import { machineOptions, modelCarPositional, readOptions, runtimeOptions } from "./options.ts";
import { modelWorld, runtimeOf } from "./world.ts";
import { writeText } from "./write.ts";

const options = {
  ...machineOptions,
  ...runtimeOptions,
  ...readOptions,
  out: {
    type: "string",
    short: "o",
    value: "FILE",
    description: "Where the result is written; default: NAME.generated.yaml beside the file",
    completes: "file",
  },
  "dry-run": { type: "boolean", description: "Show the difference and write nothing" },
} as const satisfies OptionSpecs;

export const command = defineCommand({
  summary: "Write the fewest edits of serving arguments with which the models start",
  description:
    "The file itself is never changed. Models that no edit of arguments makes deployable are left out of the result. Ends " +
    "with 0 when all are in it, with 3 when some are left out, with 1 when none is deployable: then nothing is written.",
  positionals: [modelCarPositional],
  options,
  examples: [
    { command: 'agent2389 model-car optimize modelcar.base.yaml --gpus "2x NVIDIA-L40S"' },
    { command: "agent2389 model-car optimize modelcar.yaml --gpus g5.xlarge --dry-run" },
  ],
  async run(ctx, { modelcar }, given) {
    const file = given.out ?? generatedName(modelcar);
    const [target, source] = [resolve(ctx.cwd, file), resolve(ctx.cwd, modelcar)];
    if (target === source || (await isSameFile(target, source)))
      throw new UsageError(`${modelcar} would be written over: it is never changed`, {
        hint: "Name another file by --out.",
      });
    const machines = await machinesOf(ctx, given, runtimeOf(given));
    const car = await loadCar(ctx, modelcar);
    const [{ inventory }, { readNeeds }, { generateCar, notTogether }] = await Promise.all([
      machines.inspect(),
      import("../../modelcar/supervisor/read-needs.ts"),
      import("../../modelcar/optimize/generate.ts"),
    ]);
    if (car.warnings.length > 0 && !ctx.globals.quiet)
      (await import("./show/problems.ts")).showWarnings(car, ctx.stderr);
    const needs = await readNeeds(car.models, await modelWorld(ctx, given));
    const made = generateCar(car, needs, inventory);
    const writes = made.text !== undefined && !given["dry-run"];
    if (writes) await writeText(ctx, file, made.text!);
    const crowded = made.text === undefined ? undefined : notTogether(made, inventory);
    await show(ctx, { made, car, file, writes, crowded });
    if (made.text === undefined && !ctx.globals.json && !ctx.globals.quiet)
      (await import("./show/unknown-gpus.ts")).hintUnknownGpus(inventory, ctx.stderr);
    return codeOf(made);
  },
});

type Made = ReturnType<typeof import("../../modelcar/optimize/generate.ts").generateCar>;

const codeOf = ({ text, left }: Made): ExitCode => (text === undefined ? 1 : left.length > 0 ? 3 : 0);

interface Shown {
  made: Made;
  car: ModelCar;
  /** What the result is called, whether or not it was written. */
  file: string;
  writes: boolean;
  /** Why the models of the result do not all run at the same time; undefined: they do. */
  crowded: string | undefined;
}

async function show(ctx: Context, { made, car, file, writes, crowded }: Shown): Promise<void> {
  const { stdout, stderr, globals } = ctx;
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import("diff");
  const { before, after } = made.shown;
  const options = { headerOptions: FILE_HEADERS_ONLY };
  const whole = createTwoFilesPatch(car.file, file, before, after, undefined, undefined, options);
  const diff = before === after ? "" : whole;
  if (globals.json) {
    const { optimized, left, json } = made;
    const written = writes ? file : null;
    const value = { file: written, diff, optimized, left, crowded, arguments: JSON.parse(json) };
    line(stdout, JSON.stringify(value, null, 2));
    return;
  }
  stdout.write(coloredPatch(diff, stdout.colors));
  if (!globals.quiet) stdout.write(reasonsText(made, stdout.colors));
  if (made.optimized.some(({ changes }) => changes.length > 0))
    line(stdout, `OPTIMIZED_SERVING_ARGUMENTS_JSON\n${made.json}`);
  if (globals.quiet) return;
  line(stderr, closing(made, writes ? file : undefined));
  if (crowded !== undefined) warningLine(stderr, crowded);
}

function closing({ text, optimized, left }: Made, file: string | undefined): string {
  if (text === undefined) return "No model is deployable: nothing was written.";
  const edits = optimized.filter(({ changes }) => changes.length > 0).length;
  const edited = edits === 0 ? "no edits are needed" : `${edits} of ${optimized.length} models edited`;
  const what = `${edited}${left.length === 0 ? "" : `, ${left.length} left out`}`;
  return `${capital(what)}; ${file === undefined ? "nothing was written" : `written to ${file}`}.`;
}

function reasonsText({ optimized, left }: Made, colors: Context["stdout"]["colors"]): string {
  const edits = optimized.flatMap(({ name, changes }) =>
    changes.map((change) => `${colors.bold(name)}: ${changeText(change)}\n`),
  );
  const out = left.map(({ name, why }) => `${colors.bold(name)} ${colors.red("left out")}: ${why}\n`);
  return [...edits, ...out].join("");
}
