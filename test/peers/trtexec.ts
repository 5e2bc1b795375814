import { appendFileSync, existsSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readModel } from "../../src/models/onnx/read-model.ts";
import type { Graph } from "../../src/models/onnx/types.ts";
import { openOrt } from "../../src/models/ort/open-ort.ts";
import type { Feeds, OrtSession, Port } from "../../src/models/ort/types.ts";

/**
 * A STAND-IN for NVIDIA's trtexec, for tests: no TensorRT and no GPU. It takes the options that the version it plays takes
 * and refuses the others, runs the model by ONNX Runtime on this machine, and writes the files that trtexec writes, in the
 * form of TensorRT's samples/common/sampleReporting.cpp. An engine of its is the model with a line before it.
 *
 *   TRTEXEC_VERSION   what it plays: 100300 (default), 8502, 110000, …
 *   TRTEXEC_LOG       file that gets a line of arguments for each start
 *   TRTEXEC_HOLD      while this file is there, runs of engines wait; while it is there with -build behind it, builds
 */

const MAGIC = "agent2389 stand-in engine ";

const BUILD =
  /^--(onnx|saveEngine|timingCacheFile|memPoolSize|exportLayerInfo|profilingVerbosity|minShapes|optShapes|maxShapes|useDLACore|allowGPUFallback|verbose)$/;
const RUN =
  /^--(loadEngine|loadInputs|shapes|iterations|warmUp|duration|useSpinWait|exportOutput|exportTimes)$/;

const version = Number(process.env["TRTEXEC_VERSION"] ?? "100300");
const major = version >= 100_000 ? Math.floor(version / 10_000) : Math.floor(version / 1000);

/** Options that came or went. */
function knows(option: string): boolean {
  if (BUILD.test(option) || RUN.test(option)) return true;
  if (option === "--skipInference" || option === "--builderOptimizationLevel") return version >= 8600;
  if (option === "--buildOnly") return version < 8600;
  if (option === "--stronglyTyped") return major === 9 || major === 10;
  return (option === "--int8" || option === "--fp16") && major < 11;
}

const stamp = (): string => new Date().toLocaleString("en-US", { hour12: false }).replace(", ", "-");
const say = (severity: "I" | "W" | "E", text: string): void =>
  console.log(text.replace(/^/, `[${stamp()}] [${severity}] `));

class Failed extends Error {}

const head = (word: string): string =>
  `&&&& ${word} TensorRT.trtexec [TensorRT v${version}] # trtexec ${process.argv.slice(2).join(" ")}`;

async function main(argv: string[]): Promise<number> {
  console.log(head("RUNNING"));
  if (process.env["TRTEXEC_LOG"])
    appendFileSync(process.env["TRTEXEC_LOG"], `${argv.join(" ")} # pid ${process.pid}\n`);
  if (argv.includes("--help")) return 0;
  const options = new Map(argv.map((word) => [word.split("=")[0]!, word.split("=").slice(1).join("=")]));
  try {
    for (const option of options.keys()) {
      if (!knows(option)) throw new Failed(`Unknown option: ${option}`);
    }
    say("I", "=== Device Information ===");
    say("I", "Selected Device: Stand-in");
    say("I", "Compute Capability: 8.7");
    say(
      "I",
      `TensorRT version: ${major}.${Math.floor((version % (major >= 10 ? 10_000 : 1000)) / 100)}.${version % 100}`,
    );
    if (options.has("--onnx")) await build(options);
    else await run(options);
    console.log(head("PASSED"));
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Failed)) throw thrown;
    say("E", thrown.message);
    console.log(head("FAILED"));
    return 1;
  }
}

type Options = Map<string, string>;

async function held(which = ""): Promise<void> {
  const file = process.env["TRTEXEC_HOLD"];
  while (file && existsSync(`${file}${which}`)) await Bun.sleep(20);
}

const openOne = async (model: Uint8Array | string): Promise<OrtSession> =>
  (await openOrt({ cacheDir: join(tmpdir(), "trtexec-stand-in") })).session(model, { threads: 1 });

async function build(options: Options): Promise<void> {
  const file = options.get("--onnx")!;
  const session = await loaded(file);
  checkShapes(options, session.inputs);
  await session.close();
  await writeFile(options.get("--timingCacheFile")!, "a stand-in's timing cache\n");
  await Bun.write(
    options.get("--saveEngine")!,
    new Blob([`${MAGIC}${version}\n`, await Bun.file(file).bytes()]),
  );
  if (options.has("--exportLayerInfo"))
    await writeFile(options.get("--exportLayerInfo")!, layerInfo((await readModel(file)).graph));
  await held("-build");
  say("I", "Engine built in 0.01 sec.");
}

/** In the form of TensorRT's engine inspector, as if Q/DQ were fused with the layers and nothing else. */
function layerInfo({ nodes }: Graph): string {
  const integers = new Set(nodes.flatMap((node) => (node.opType === "DequantizeLinear" ? node.outputs : [])));
  const layers = nodes
    .filter(({ opType }) => opType !== "DequantizeLinear")
    .map(({ name, opType, inputs }) => {
      const format = integers.has(inputs[0] ?? "")
        ? "Thirty-two wide channel vectorized row major Int8 format"
        : "Row major linear FP32";
      const type = { Conv: "CaskConvolution", Gemm: "gemm", MatMul: "gemm", QuantizeLinear: "Reformat" }[
        opType
      ];
      return JSON.stringify({
        Name: name,
        LayerType: type ?? "kgen",
        Inputs: [{ Name: inputs[0], Location: "Device", "Format/Datatype": format }],
        Metadata: `[ONNX Layer: ${name}]`,
      });
    });
  return `{"Layers": [${layers.join(",")}],\n"Bindings": []}\n`;
}

/** Says what the parser of TensorRT says about a node that it does not know. */
async function loaded(file: string): Promise<OrtSession> {
  try {
    return await openOne(file);
  } catch (thrown) {
    const text = String(thrown);
    const { graph } = await readModel(file);
    const at = graph.nodes.findIndex(({ opType }) => text.includes(opType));
    const { name = "", opType = "", inputs = [], outputs = [] } = graph.nodes[at] ?? {};
    say("E", `[TRT] ModelImporter.cpp:949: While parsing node number ${at} [${opType} -> "${outputs[0]}"]:`);
    say("E", "[TRT] ModelImporter.cpp:950: --- Begin node ---");
    for (const input of inputs) console.log(`input: "${input}"`);
    console.log(`name: "${name}"\nop_type: "${opType}"\n`);
    say("E", "[TRT] ModelImporter.cpp:951: --- End node ---");
    say(
      "E",
      "[TRT] ModelImporter.cpp:954: ERROR: onnxOpCheckers.cpp:781 In function checkFallbackPluginImporter:",
    );
    console.log('[6] creator && "Plugin not found, are the plugin name, version, and namespace correct?"');
    say("E", "Failed to parse onnx file");
    say("E", "Parsing model failed");
    say("E", "Failed to create engine from model or file.");
    throw new Failed("Engine set up failed");
  }
}

const isOpen = ({ dims }: Port): boolean => dims.some((dim) => typeof dim !== "number");

function checkShapes(options: Options, inputs: readonly Port[]): void {
  const given = namedList(options.get("--optShapes"));
  if (given.size > 0 && !inputs.some(isOpen))
    throw new Failed(
      "Static model does not take explicit shapes since the shape of inference tensors will be determined by the model itself",
    );
  for (const input of inputs.filter(isOpen)) {
    if (!given.has(input.name))
      say("W", `Dynamic dimensions required for input: ${input.name}, but no shapes were provided.`);
  }
}

/** `name:value,'a:b':value`: at commas first, then at the last colon, or behind the quotes. */
const namedList = (text = ""): Map<string, string> =>
  new Map(
    text
      .split(",")
      .filter((part) => part !== "")
      .map((part) => {
        const [, quoted, name, value] = /^(?:'([^']*)'|(.*)):([^:]*)$/.exec(part)!;
        return [quoted ?? name!, value!];
      }),
  );

async function run(options: Options): Promise<void> {
  const engine = await Bun.file(options.get("--loadEngine")!).bytes();
  const first = new TextDecoder().decode(engine.subarray(0, 64)).split("\n")[0]!;
  if (first !== `${MAGIC}${version}`) {
    say(
      "E",
      "Error[1]: [runtime.cpp::parsePlan::455] Error Code 1: Serialization (Serialization assertion plan->header.magicTag == rt::kPLAN_MAGIC_TAG failed.)",
    );
    say("E", "Engine deserialization failed");
    throw new Failed("Inference set up failed");
  }
  const session = await openOne(engine.subarray(first.length + 1).slice());
  say(
    "I",
    "[TRT] [MemUsageChange] TensorRT-managed allocation in IExecutionContext creation: CPU +0, GPU +1, now: CPU 0, GPU 3 (MiB)",
  );
  const feeds = await feedsOf(session.inputs, options);
  await held();
  const times: string[] = [];
  let outputs: Feeds = {};
  for (let i = 0, at = 0; i < Number(options.get("--iterations")); i++) {
    const timed = await session.timedRun(feeds);
    outputs = timed.outputs;
    times.push(timeEntry(at, timed.ms));
    at += timed.ms;
  }
  await session.close();
  await writeFile(options.get("--exportTimes")!, `[\n  ${times.join("\n, ")}\n]\n`);
  await writeFile(
    options.get("--exportOutput")!,
    `[\n  ${Object.entries(outputs).map(outputEntry).join(", ")}]\n`,
  );
}

async function feedsOf(inputs: readonly Port[], options: Options): Promise<Feeds> {
  const files = namedList(options.get("--loadInputs"));
  const shapes = namedList(options.get("--shapes"));
  const feeds: Record<string, Feeds[string]> = {};
  for (const { name, type, dims } of inputs) {
    const chosen =
      shapes.get(name)?.split("x").map(Number) ?? dims.map((dim) => (typeof dim === "number" ? dim : 1));
    const { buffer } = (await Bun.file(files.get(name)!).bytes()).slice();
    const count = chosen.reduce((product, dim) => product * dim, 1);
    if (type !== "float" || buffer.byteLength !== count * 4)
      throw new Failed(`Unexpected file size for input file: ${files.get(name)}.`);
    feeds[name] = { type, dims: chosen, data: new Float32Array(buffer) };
  }
  return feeds;
}

function timeEntry(at: number, ms: number): string {
  const fields = {
    startEnqMs: at,
    endEnqMs: at,
    startH2dMs: at,
    endH2dMs: at,
    startComputeMs: at,
    endComputeMs: at + ms,
  };
  const ends = { startD2hMs: at + ms, endD2hMs: at + ms, h2dMs: 0, computeMs: ms, d2hMs: 0, latencyMs: ms };
  return `{ ${Object.entries({ ...fields, ...ends })
    .map(([name, value]) => `"${name}" : ${value}`)
    .join(", ")} }`;
}

/** Six digits, as C++ streams write floats where nobody asks for more. */
const cpp = (value: number | bigint | string): string =>
  typeof value !== "number"
    ? String(value)
    : Number.isFinite(value)
      ? String(Number(value.toPrecision(6)))
      : Number.isNaN(value)
        ? "nan"
        : value < 0
          ? "-inf"
          : "inf";

const outputEntry = ([name, { dims, data }]: [string, Feeds[string]]): string =>
  `{ "name" : "${name}"\n  , "dimensions" : "${dims.join("x")}"\n  , "values" : [ ${Array.from<number | bigint | string>(data).map(cpp).join(", ")} ]\n  }\n`;

/** Puts the stand-in as `trtexec` into a folder, to be put on the path; gives the folder. */
export async function standInTrtexec(
  folder: string,
  settings: Partial<Record<"TRTEXEC_VERSION" | "TRTEXEC_LOG" | "TRTEXEC_HOLD", string>> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "trtexec");
  const variables = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'\n`);
  await writeFile(
    file,
    `#!/bin/sh\n${variables.join("")}exec '${process.execPath}' '${import.meta.path}' "$@"\n`,
  );
  await chmod(file, 0o755);
  return folder;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
