import { UsageError } from "../../base/errors.ts";
import type { QaReport } from "../../modelcar/report/types.ts";
import type { Supervised } from "../../modelcar/supervisor/types.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import type { OptionSpecs, OptionValues } from "../framework/option-spec.ts";
import { line } from "../terminal/streams.ts";
import { loadModels } from "./load-car.ts";
import { machinesOf } from "./machines.ts";
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
import { writeText } from "./write.ts";

const options = {
  ...machineOptions,
  ...runtimeOptions,
  ...explainOption,
  ...bootstrapOption,
  ...readOptions,
  qa: {
    type: "string",
    description: "After a GO on a healthy cluster, run the models for real, as the command qa does",
    choices: RUNNERS,
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
    {
      command: "agent2389 model-car check --bootstrap info --gpus 2xH100",
      note: "with what an earlier run read",
    },
  ],
  async run(ctx, { modelcar }, given) {
    if (given.qa !== undefined && (modelcar === undefined || modelcar === "-"))
      throw new UsageError("--qa runs the models of a file: name the model-car file");
    const supervised = await checked(ctx, modelcar, given);
    const { report } = supervised;
    await writeReports(ctx, supervised, given);
    const toStdout = [given.html, given.markdown].includes("-");
    if (ctx.globals.json) line(ctx.stdout, JSON.stringify(report, null, 2));
    else if (!toStdout) await showVerdict(ctx, supervised);
    return report.verdict === "GO" && (given.qa === undefined || report.qa?.code === "QA_OK") ? 0 : 1;
  },
});

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
      ...{ car, bootstrap, runtime, world: modelWorld(ctx, options) },
      ...{ machines: machines.text, inspect: machines.inspect },
      ...(view && { onEvent: view.onEvent }),
      ...(options.qa !== undefined && file !== undefined && { qa: () => forReal(ctx, file, options) }),
    });
  } finally {
    view?.stop();
  }
}

/** The lines of the run go beside the report. */
async function forReal(ctx: Context, file: string, options: Options): Promise<QaReport> {
  const { runQa } = await import("./run-qa.ts");
  const given = { ...QA_DEFAULTS, ...options, runner: options.qa ?? QA_DEFAULTS.runner };
  const { code, text, hint } = await runQa(ctx, file, given, (each) => line(ctx.stderr, each));
  ctx.signal.throwIfAborted();
  return { code, text, ...(hint !== undefined && { hint }) };
}

async function showVerdict(ctx: Context, { report }: Supervised): Promise<void> {
  const { stdout, stderr, globals } = ctx;
  const { paintVerdict } = await import("./show/decision.ts");
  line(stdout, `${paintVerdict(report.verdict, stdout.colors)}: ${report.summary}`);
  const mended = report.models.filter(
    ({ verdict, optimized }) => verdict !== "GO" && optimized !== undefined,
  );
  if (mended.length === 0 || globals.quiet) return;
  const which = mended.map(({ name }) => name).join(", ");
  line(
    stderr,
    `${stderr.colors.cyan("hint:")} 'model-car optimize' writes the arguments with which ${which} would start.`,
  );
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
