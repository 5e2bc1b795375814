import { expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type { ModelNeed } from "../decision/types.ts";
import type { Inventory } from "../inventory/types.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { generateCar, notTogether } from "./generate.ts";

const YAML = `# ours
model-car:
  - name: small # keep
    image: hf://a/small
    serving_arguments:
      args: [--max-model-len=8192, --api-key=open-sesame]
  - name: large
    image: hf://a/large
    serving_arguments:
      gpu_count: 2
      args:
        - --max-model-len=16384
  - name: giant
    image: hf://a/giant
`;
const MODELS: Record<string, string> = {
  small: "llama-3.1-8b",
  large: "llama-3.1-70b",
  giant: "deepseek-v3",
};

function generated(gpus: string, text = YAML) {
  const car = parseModelCar(text, "car.yaml");
  const needs = car.models.map((entry): ModelNeed => {
    const need = needOf({ name: entry.name, model: MODELS[entry.name]!, gpus });
    return { ...need, entry };
  });
  return generateCar(car, needs, inventoryOf({ gpus, vllm: "0.11.0" }));
}

test("deployable models by the fewest edits, the others left out, comments kept", () => {
  const { text, optimized, left } = generated("8x L40S");
  expect(text).toBe(`# ours
model-car:
  - name: small # keep
    image: hf://a/small
    serving_arguments:
      args: [--max-model-len=8192, --api-key=open-sesame]
  - name: large
    image: hf://a/large
    serving_arguments:
      gpu_count: 4
      args:
        - --max-model-len=16384
        - --tensor-parallel-size=4
`);
  expect(left).toMatchObject([{ name: "giant", why: expect.stringContaining("NO-GO") }]);
  expect(optimized.map(({ name, changes }) => [name, changes.map(({ what }) => what)])).toEqual([
    ["small", []],
    ["large", ["--tensor-parallel-size", "gpu_count"]],
  ]);
});

test("applied to its own result it changes nothing", () => {
  const { text } = generated("8x L40S");
  const again = generated("8x L40S", text);
  expect(again.text).toBe(text!);
  expect(again.left).toEqual([]);
});

test("the file keeps its secrets, what is shown has none", () => {
  const { text, shown, optimized, json } = generated("8x L40S");
  expect(text).toContain("open-sesame");
  expect(JSON.stringify([shown, optimized, json])).not.toContain("open-sesame");
});

test("the file and OPTIMIZED_SERVING_ARGUMENTS_JSON say the same of every model, however the models share", () => {
  const shared = `x-args: &args [--max-model-len=131072, --trust-remote-code]
model-car:
- &m {name: small, image: hf://a/small, serving_arguments: &sa {args: *args, gpu_count: 1}}
- {<<: *m, name: large}
- {name: giant, image: hf://a/giant, serving_arguments: *sa}
default: {serving_arguments: *sa}
`;
  for (const gpus of ["8x L40S", "1x L4", "8x H200", "1x A100-80GB"]) {
    const { text, json, optimized, left } = generated(gpus, shared);
    expect(optimized.length + left.length).toBe(3);
    if (text === undefined) continue;
    const said: Record<string, { args: string[] }> = JSON.parse(json);
    const { models } = parseModelCar(text, "generated");
    expect(models.map(({ name }) => name)).toEqual(optimized.map(({ name }) => name));
    for (const { name, args } of models)
      expect(args).toEqual((optimized.length === 1 ? said : said[name])!.args as string[]);
    expect(text.match(/^x-\w+/gm)).toEqual(["x-args"]);
  }
});

test("nothing is generated where nothing is deployable", () => {
  const { text, left } = generated("1x T4");
  expect(text).toBeUndefined();
  expect(left).toHaveLength(3);
});

test("what the cluster would refuse is left out, with its reason", () => {
  const car = parseModelCar(YAML, "car.yaml");
  const needs = car.models.map((entry): ModelNeed => {
    const need = needOf({ name: entry.name, model: MODELS[entry.name]!, gpus: "" });
    const container = { bytes: 1, layers: 1, architectures: ["amd64"] };
    return { ...need, entry, facts: { ...need.facts!, container } };
  });
  const inventory = inventoryOf({ gpus: "8x L40S", vllm: "0.11.0" });
  const [node] = inventory.nodes;
  const why = (over: Partial<Inventory>): string | undefined => {
    const { text, left } = generateCar(car, needs, { ...inventory, ...over });
    expect(text).toBeUndefined();
    return left[0]?.why;
  };
  const quota = { name: "none", resource: "requests.nvidia.com/gpu", hard: 0, used: 0 };
  expect(why({ quotas: [quota] })).toContain("quota none allows 0");
  expect(why({ nodes: [{ ...node!, architecture: "arm64" }] })).toContain("node node-1 is arm64");
  const pools = node!.pools.map((pool) => ({ ...pool, allocated: undefined }));
  expect(why({ nodes: [{ ...node!, pools }] })).toContain("UNKNOWN: how many of the GPUs");
});

test("gpu_count is what the pod takes, stages and replicas included", () => {
  const text = (args: string, count: number): string | undefined =>
    generated(
      "8x H100",
      `model-car:
  - name: small
    image: hf://a/small
    serving_arguments: { args: [${args}, --max-model-len=8192], gpu_count: ${count} }
`,
    ).text;
  expect(text("--data-parallel-size=4, --tensor-parallel-size=1", 4)).toContain("gpu_count: 4");
  expect(text("--pipeline-parallel-size=2", 4)).toContain("--tensor-parallel-size=2");
});

test("who is left out is told with all that stands against it", () => {
  const bad = YAML.slice(YAML.indexOf("model-car:"), YAML.indexOf("  - name: large")).replace(
    "--max-model-len=8192",
    "--max-model-len=999999, --dtype=fp16, --kv-cache-memory-bytes=900G",
  );
  const [small] = generated("1x V100-16GB", bad).left;
  expect(small!.why).toMatch(/^NO-GO \(unsupported\): .+; .+; .+/);
});

test("whether those that start do so at the same time", () => {
  const machines = (gpus: string) => inventoryOf({ gpus, vllm: "0.11.0" });
  expect(notTogether(generated("8x L40S"), machines("8x L40S"))).toBeUndefined();
  expect(notTogether(generated("4x L40S"), machines("4x L40S"))).toBe(
    "not all run at the same time: large runs alone, but the other models leave it too few free GPUs",
  );
});
