import { ExpectedError, UsageError } from "../../base/errors.ts";
import type { ModelNeed } from "../../modelcar/decision/types.ts";
import type { Inventory } from "../../modelcar/inventory/types.ts";
import type { QaRun, Supervised } from "../../modelcar/supervisor/types.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";
import { hintLine, line } from "../terminal/streams.ts";
import { generatedName } from "./generated-name.ts";
import { loadCar, loadModels } from "./load-car.ts";
import { machinesOf } from "./machines.ts";
import { narrationOptions } from "./narration-options.ts";
import {
  bootstrapOption,
  explainOption,
  machineOptions,
  modelCarPositional,
  readOptions,
  runtimeOptions,
} from "./options.ts";
import { QA_DEFAULTS, RUNNERS } from "./qa-options.ts";
import { modelWorld, runtimeOf } from "./world.ts";
import { makeFolderOf, writeText } from "./write.ts";

const options = {
  ...machineOptions,
  ...runtimeOptions,
  ...explainOption,
  ...bootstrapOption,
  ...readOptions,
  ...narrationOptions,
  qa: {
    type: "string",
    description:
      "On a healthy cluster, run the models that are deployable for real, with the arguments of optimize, as the command qa does",
    choices: RUNNERS,
    value: "RUNNER",
  },
  info: {
    type: "string",
    value: "DIR",
    description:
      "Write models_info.json, gpu_info.txt, deployment_matrix.json, deployment_info.txt, report.html and more there",
    completes: "directory",
  },
  html: {
    type: "string",
    value: "FILE",
    description: "Write the report as one HTML page; - is standard output",
    completes: "file",
  },
  markdown: {
    type: "string",
    value: "FILE",
    description: "Write the report as Markdown; - is standard output",
    completes: "file",
  },
} as const satisfies OptionSpecs;

type Options = OptionValues<typeof options>;

export const command = defineCommand({
  summary: "Tell whether the models of a file will serve: GO or NO-GO, and why",
  description:
    "Reads what each model needs (from its image, without pulling it), looks at the machines, and decides by rules and " +
    "arithmetic that --explain shows. Without --gpus or --inventory the machines are those of the cluster that kubectl would ask, else this one. Ends with 0 for GO, and " +
    "with 1 for NO-GO and for UNKNOWN: what is not known is no GO.",
  positionals: [{ ...modelCarPositional, optional: true }],
  options,
  examples: [
    { command: 'agent2389 model-car check modelcar.yaml --gpus "4x NVIDIA-L40S"', note: "no cluster needed" },
    {
      command: "agent2389 model-car check modelcar.yaml --gpus g6e.12xlarge --vllm-version 0.11.0 --explain",
    },
    { command: "agent2389 model-car check modelcar.yaml --inventory cluster.json --html report.html" },
    { command: 'agent2389 model-car check modelcar.yaml --gpus 2xL4 --ask "Which model fits least?"' },
    {
      command: "agent2389 model-car check --bootstrap info --gpus 2xH100",
      note: "with what an earlier run read",
    },
  ],
  async run(ctx, { modelcar }, given) {
    if (given.qa !== undefined && (modelcar === undefined || modelcar === "-"))
      throw new UsageError("--qa runs the models of a file: name the model-car file");
    await checkOutputs(ctx, given);
    const isAsked = given.narrate || given.ask !== undefined || given.llm !== undefined;
    const words = isAsked ? await import("./narrator.ts") : undefined;
    const narrator = await words?.narratorOf(ctx, given);
    const supervised = await checked(ctx, modelcar, given);
    const { report } = supervised;
    // What was found out is told even where it cannot be written.
    const unwritten = await writeReports(ctx, supervised, given).catch(expected);
    const toStdout = [given.html, given.markdown].includes("-");
    if (!ctx.globals.json && !toStdout) await showResult(ctx, supervised);
    const narration = await narrator?.(report);
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify({ ...report, narration }, null, 2));
    else if (narration !== undefined) words?.showNarration(ctx, narration);
    if (unwritten !== undefined) throw unwritten;
    return report.verdict === "GO" && (given.qa === undefined || report.qa?.code === "QA_OK") ? 0 : 1;
  },
});

/** Standard output holds one thing, and a report needs a folder: told before anything is read. */
async function checkOutputs(ctx: Context, { html, markdown, info }: Options): Promise<void> {
  const named = [
    ...(ctx.globals.json ? ["--json"] : []),
    ...(html === "-" ? ["--html -"] : []),
    ...(markdown === "-" ? ["--markdown -"] : []),
  ];
  if (named.length > 1)
    throw new UsageError(`${named.join(" and ")} would both go to standard output`, {
      hint: "Name a file for one of them.",
    });
  for (const file of [html, markdown, info && `${info}/report.json`])
    if (file !== undefined) await makeFolderOf(ctx, file);
}

function expected(thrown: unknown): ExpectedError {
  if (thrown instanceof ExpectedError) return thrown;
  throw thrown;
}

async function checked(ctx: Context, file: string | undefined, options: Options): Promise<Supervised> {
  const { bootstrap: folder, html, markdown, explain } = options;
  const runtime = runtimeOf(options);
  const [{ car, bootstrap }, machines, { supervise }] = await Promise.all([
    loadModels(ctx, file, folder),
    machinesOf(ctx, options, runtime, folder),
    import("../../modelcar/supervisor/supervise.ts"),
  ]);
  const silent = ctx.globals.json || ctx.globals.quiet || [html, markdown].includes("-");
  const view = silent ? undefined : (await import("./live.ts")).liveView(ctx, { explain });
  try {
    return await supervise({
      ...{ car, bootstrap, runtime, world: await modelWorld(ctx, options) },
      ...{ machines: machines.text, inspect: machines.inspect },
      ...(view && { onEvent: view.onEvent }),
      ...(options.qa !== undefined &&
        file !== undefined && {
          qa: (needs, inventory) => forReal(ctx, file, options, needs, inventory),
        }),
    });
  } finally {
    view?.stop();
  }
}

/** What is deployable of the file, as 'optimize' makes it. The lines of the run go beside the report. */
async function forReal(
  ctx: Context,
  file: string,
  options: Options,
  needs: readonly ModelNeed[],
  inventory: Inventory,
): Promise<QaRun | undefined> {
  const [{ runQa }, { deployableCar }, whole] = await Promise.all([
    import("./run-qa.ts"),
    import("../../modelcar/optimize/deployable-car.ts"),
    loadCar(ctx, file),
  ]);
  const deployable = deployableCar(whole, needs, inventory, generatedName(file));
  if (deployable === undefined) return undefined;
  const { car, what } = deployable;
  return {
    what,
    async run() {
      const tell = (each: string): void => line(ctx.stderr, each);
      tell(`[QA] runs ${what}`);
      const given = { ...QA_DEFAULTS, ...options, runner: options.qa ?? QA_DEFAULTS.runner };
      const { code, text, hint } = await runQa(ctx, car, given, tell);
      ctx.signal.throwIfAborted();
      const models = car.models.map(({ name }) => name);
      return { code, text, file: car.file, models, ...(hint !== undefined && { hint }) };
    },
  };
}

async function showResult(ctx: Context, { report, inventory }: Supervised): Promise<void> {
  const { stderr, globals } = ctx;
  const { showVerdict } = await import("./show/verdict.ts");
  await showVerdict(ctx, report, inventory);
  const mended = report.models.filter(
    ({ verdict, optimized }) => verdict !== "GO" && optimized !== undefined,
  );
  if (mended.length === 0 || globals.quiet) return;
  const which = mended.map(({ name }) => name).join(", ");
  hintLine(stderr, `'model-car optimize' writes the arguments with which ${which} would start.`);
}

async function writeReports(
  ctx: Context,
  supervised: Supervised,
  { html, markdown, info }: Options,
): Promise<void> {
  const { report } = supervised;
  if (html !== undefined)
    await writeText(ctx, html, (await import("../../modelcar/report/html.ts")).htmlReport(report));
  if (markdown !== undefined)
    await writeText(
      ctx,
      markdown,
      (await import("../../modelcar/report/markdown.ts")).markdownReport(report),
    );
  if (info === undefined) return;
  const { infoFiles } = await import("../../modelcar/info/files.ts");
  for (const [name, text] of Object.entries(await infoFiles(supervised)))
    await writeText(ctx, `${info}/${name}`, text);
}
