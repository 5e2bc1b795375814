import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { type ProgramResult, runProgram } from "../../base/run-program.ts";
import type { Result } from "../../models/report/result-schema.ts";
import { mixedText } from "../../models/report/summary.ts";
import type { ValidationResult } from "../../models/report/validation-schema.ts";
import { isOnDevice, verdictLine } from "../../models/report/verdict-line.ts";
import { NO_TRTEXEC } from "../../models/targets/jetson/missing.ts";
import type { Tool, ToolContext, ToolResult } from "../../runtime/ports/tool.ts";
import type { Setting, ToolSetup } from "../factory.ts";
import { rootsOf } from "../files/roots.ts";
import { zodTool } from "../zod-tool.ts";
import { type DeployModelInput, deployModelInput } from "./input.ts";
import type { DeployModelOptions } from "./options.ts";
import { allowedPath, newAllowedPath } from "./paths.ts";

/**
 * Deploys by a process of its own, `deploy-model run` of this program: ONNX Runtime holds the thread that it works on, and
 * an agent must go on answering health checks meanwhile.
 */
export async function deployModelTool(
  { name, options }: Setting<DeployModelOptions>,
  setup: ToolSetup,
): Promise<Tool> {
  const { allowed_paths: allowed, workers } = options;
  const offered = workers.length === 0 ? "" : ` Workers: ${workers.join(", ")}.`;
  return zodTool({
    name,
    description: `Deploys a neural network: quantizes it, builds it for the target, and measures accuracy, latency and size against the float model. Takes minutes. Allowed: ${allowed.join(", ")}. Relative paths are taken from ${allowed[0]}.${offered}`,
    input: deployModelInput(),
    timeoutMs: options.timeout_secs * 1000,
    async run(input, ctx) {
      const place = await placeOf(input, options, setup);
      const ran = await runDeployment(place.args, ctx, setup);
      return toldResult(await resultIn(place.out), ran, place);
    },
  });
}

interface Place {
  args: string[];
  /** Folder of the result; `shown` as the model knows it. */
  out: string;
  shown: string;
  /** What to do where there is no Jetson to be reached. */
  elsewhere: string;
}

async function placeOf(
  input: DeployModelInput,
  options: DeployModelOptions,
  { baseDir }: ToolSetup,
): Promise<Place> {
  const { target, precision, output_path: output } = input;
  const worker = workerOf(input, options);
  const roots = rootsOf(options.allowed_paths, baseDir);
  const model = await allowedPath(input.model_path, roots);
  const name = `${basename(model, extname(model))}-${target}-${precision}`;
  const shown = output ?? join(dirname(input.model_path), name);
  const out = output === undefined ? join(dirname(model), name) : await newAllowedPath(output, roots);
  const data = (path: string | undefined) => (path === undefined ? undefined : allowedPath(path, roots));
  const given: Record<string, string | number | undefined> = {
    target,
    precision,
    "input-shape": Array.isArray(input.input_shape) ? input.input_shape.join(",") : input.input_shape,
    "calibration-data": await data(input.calibration_data),
    "test-data": await data(input.test_data),
    preprocess: input.preprocessing,
    tolerance: input.tolerance,
    threads: options.threads,
    worker,
    broker: worker === undefined ? undefined : options.broker_url,
    out,
  };
  const args = Object.entries(given).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}=${value}`],
  );
  const flags = [
    ...(options.trust_models && !/\.onnx$/i.test(model) ? ["--trust-model"] : []),
    ...(input.bundle ? ["--bundle"] : []),
  ];
  return {
    args: ["deploy-model", "run", ...args, ...flags, "--", model],
    out,
    shown,
    elsewhere: elsewhere(options),
  };
}

/** The one that is named, or the only one there is to send work to. */
function workerOf(
  { target, worker, bundle }: DeployModelInput,
  { workers }: DeployModelOptions,
): string | undefined {
  if (worker !== undefined && !workers.includes(worker)) {
    const known = workers.length === 0 ? "none is allowed" : `allowed: ${workers.join(", ")}`;
    throw new Error(`the worker "${worker}" may not be used: ${known}`);
  }
  if (worker !== undefined || target !== "jetson" || bundle) return worker;
  return workers.length === 1 ? workers[0] : undefined;
}

const elsewhere = ({ workers }: DeployModelOptions): string =>
  [
    ...(workers.length > 0 ? [`"worker": one of ${workers.join(", ")}`] : []),
    '"bundle": true, with test_data: a folder that a person takes to the device and runs there',
    '"target": "cpu": for this machine',
  ].join("; or ");

/** A step that is done, or a warning; the result is read from its file. */
const STEP = /^[✓!] \S/;

async function runDeployment(args: string[], ctx: ToolContext, setup: ToolSetup): Promise<ProgramResult> {
  const { env, baseDir, executable } = setup;
  if (executable === undefined)
    throw new Error("the program does not know its own file, and cannot start itself");
  return runProgram({
    argv: [executable, ...args],
    env: { ...env, NO_COLOR: "1" },
    cwd: baseDir,
    signal: ctx.signal,
    onLine: (line) => {
      if (STEP.test(line)) ctx.progress(line.trim());
    },
  });
}

/** Undefined where the deployment did not come to its end. */
async function resultIn(folder: string): Promise<Result | undefined> {
  const [{ readResult }, { RESULT_FILE }] = await Promise.all([
    import("../../models/report/read-result.ts"),
    import("../../models/pipeline/reports.ts"),
  ]);
  const file = join(folder, RESULT_FILE);
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : readResult(text, file);
}

/** 0: done, 1: done and not good enough, or failed: then nothing new stands in the folder. */
function toldResult(
  result: Result | undefined,
  { code, stderr }: ProgramResult,
  { shown: folder, elsewhere: ways }: Place,
): ToolResult {
  const failed =
    code !== 0 && !(code === 1 && result?.validation?.verdict.passed === false && !/^error: /m.test(stderr));
  if (failed || result === undefined)
    return { content: failureText(stderr, code, ways), isError: true, metadata: { code } };
  return { content: JSON.stringify(toldToModel(result, folder), null, 2), metadata: { code, folder } };
}

/** What the program says against it, from its first error on. */
function failureText(stderr: string, code: number, ways: string): string {
  const at = stderr.search(/^error: /m);
  const text = at < 0 ? "" : stderr.slice(at).trim();
  const told = text === "" ? `The program ended with status ${code}.` : text;
  const unreachable =
    text.includes(NO_TRTEXEC.reason) || /^error: the worker ".*" is not available/.test(text);
  return `The model was not deployed. ${told}${unreachable ? `\nWays on: ${ways}.` : ""}`;
}

/** Milliseconds; nothing where times were not measured. */
function timesOf({ baseline, deployed, speedUp }: ValidationResult) {
  if (!baseline.latency || !deployed.latency) return {};
  const median = { baseline: baseline.latency.p50, deployed: deployed.latency.p50 };
  return { latency_ms_median: median, ...(speedUp !== undefined && { speed_up: speedUp }) };
}

/** Of all that was found, what an agent decides by. */
export function toldToModel(result: Result, folder: string) {
  const { target, precision, artifact, validation, layers, mixed, warnings } = result;
  const { word, text } = verdictLine(result);
  const inFloat = layers.filter((layer) => layer.precision === "float").map(({ name }) => name);
  return {
    verdict: word.toLowerCase(),
    why: text,
    target: target.name,
    ...(target.machine !== undefined && { machine: target.machine }),
    versions: target.versions,
    precision,
    folder,
    file: join(folder, artifact.files[0]?.path ?? ""),
    report: join(folder, "report.html"),
    bytes: artifact.bytes,
    ...(validation && {
      samples: validation.samples.length,
      baseline_bytes: validation.baseline.bytes,
      ...(isOnDevice(result) && timesOf(validation)),
      accuracy: validation.classification?.accuracy,
      top1_agreement: validation.classification?.top1Agreement,
      box_agreement: validation.detection?.agreement,
      notes: validation.notes,
    }),
    layers: layers.length,
    layers_in_float: inFloat,
    ...(mixed && { left_in_float_for_accuracy: mixed.kept.map(({ layer }) => layer) }),
    ...(mixed?.reached === false && { tolerance_out_of_reach: mixedText(mixed) }),
    warnings,
  };
}
