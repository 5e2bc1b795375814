import { expect, test } from "bun:test";
import { needOf } from "../../../modelcar/cases/cases.fixture.ts";
import { gpuType } from "../../../modelcar/gpus/match.ts";
import { matrix } from "../../../modelcar/matrix/matrix.ts";
import { factsFromName } from "../../../modelcar/name/name.ts";
import { runOf } from "../../../modelcar/report/report.fixture.ts";
import type { ModelReport, Report } from "../../../modelcar/report/types.ts";
import { UNKNOWN_RUNTIME } from "../../../modelcar/runtime/image.ts";
import { colors } from "../../terminal/colors.ts";
import type { Output } from "../../terminal/streams.ts";
import { acceleratorTable } from "./accelerators.ts";
import { decisionText } from "./decision.ts";
import { estimateText } from "./matrix.ts";
import { memoryText } from "./memory.ts";
import { requirementsTable } from "./requirements.ts";

const OUT: Output = { write: () => {}, isTTY: false, columns: 80, colors: colors(false) };
const SMALL = { model: "llama-3.1-8b", args: ["--max-model-len=8192"] };

const reportOf = async (
  gpus: string,
  models: Record<string, typeof SMALL> = { small: SMALL },
): Promise<Report> => (await runOf({ models, gpus })).report;
const only = ({ models }: Report): ModelReport => models[0]!;

test("changes of which each is enough are told as such, and those that are only enough together", async () => {
  const report = await reportOf("1x L40S");
  const change = { kind: "hardware", what: "GPU", value: "x", why: "y" } as const;
  const told = (over: Partial<ModelReport>): string => {
    const model: ModelReport = { ...only(report), verdict: "NO-GO (memory)", ...over };
    return decisionText({ ...report, models: [model] }, OUT, false);
  };
  const edits = { args: [], changes: [change, change] };
  expect(told({ optimized: edits })).toContain(
    "  → it starts with all of these:\n    • GPU: x (y)\n    • GPU: x (y)\n",
  );
  expect(told({ nearest: [change, change] })).toContain(
    "  → a GO with any one of these:\n    • GPU: x (y)\n",
  );
  expect(told({ nearest: [change] })).toContain("  → a GO with GPU: x (y)\n");
});

test("a NO-GO of all together offers what would let them run", async () => {
  const report = await reportOf("1x L40S", { small: SMALL, other: SMALL });
  const text = decisionText(report, OUT, false);
  expect(text).toContain("all together NO-GO\n  ✗ ");
  expect(text).toContain("  → a GO with node: 1 more like node-1, 1x L40S (then all models");
});

test("a GO that is tight, and the devices that it gets", async () => {
  const report = await reportOf("3x T4, A100-80GB");
  expect(decisionText(report, OUT, false)).toMatch(/small +GO +1x A100-80GB on node-2 +17\.\d\d GiB/);
  const { memory } = only(report);
  const tight = { ...report, models: [{ ...only(report), memory: { ...memory!, tight: true } }] };
  expect(decisionText(tight, OUT, false)).toMatch(/small +GO \(tight\) /);
});

test("what the image is built for is told with the numbers", async () => {
  const model = only(await reportOf("1x L40S"));
  const container = { bytes: 2 ** 30, layers: 3, architectures: ["arm64"] };
  const facts = { ...model.facts!, container };
  expect(memoryText({ ...model, facts }, OUT)).toMatch(
    /image +1\.00 GiB {2}to pull, in 3 layers; built for arm64\n/,
  );
});

test("where every layer keeps a window, a token is not told to take nothing", async () => {
  const model = only(await reportOf("1x L40S"));
  const windowed = { ...model, memory: { ...model.memory!, kvBytesPerToken: 0 } };
  expect(memoryText(windowed, OUT)).not.toContain("0 bytes  of KV cache");
  expect(memoryText(windowed, OUT)).toMatch(/a token +none {2}every layer keeps a window/);
  expect(requirementsTable([windowed], OUT)).toMatch(/8,192 +windows\n/);
});

test("devices that a node has and does not give out stand among the remarks", async () => {
  const { inventory } = await runOf({ models: { small: SMALL }, gpus: "8x L40S" });
  const [node] = inventory!.nodes;
  const sick = { ...node!, pools: [{ ...node!.pools[0]!, allocatable: 6 }] };
  expect(acceleratorTable({ ...inventory!, nodes: [sick] }, OUT)).toMatch(/ 6 +6 +2 of 8 unhealthy\n/);
  expect(acceleratorTable(inventory!, OUT)).not.toContain("unhealthy");
});

test("a model of which nothing is known has its reason once, not for every type of GPU", () => {
  const read = needOf({ name: "gone", model: "llama-3.1-8b", gpus: "" });
  const facts = { ...factsFromName("hf://org/gone", ["no network"]), reference: "hf://org/gone" };
  const need = { ...read, facts };
  const [row] = matrix([need], [gpuType("T4")!, gpuType("H100")!], UNKNOWN_RUNTIME);
  const text = estimateText(need, row!.cells, OUT);
  expect(text).toMatch(/\n\nUNKNOWN on every type of GPU: the model could not be read, and its name/);
  expect(text).not.toContain("H100");
});

test("the numbers of a NO-GO are told with the GPUs that they are for", () => {
  const need = needOf({ name: "big", model: "llama-3.1-70b", gpus: "" });
  const [row] = matrix([need], [gpuType("T4")!, gpuType("H100")!], UNKNOWN_RUNTIME);
  const lines = estimateText(need, row!.cells, OUT).split("\n");
  expect(lines.find((line) => line.startsWith("T4"))).toMatch(/NO-GO \(memory\) +8× +\d+\.\d\d GiB/);
  expect(row!.cells.map(({ verdict, gpus, spread }) => [verdict, gpus, spread])).toEqual([
    ["NO-GO (memory)", undefined, 8],
    ["GO", 4, 4],
  ]);
});
