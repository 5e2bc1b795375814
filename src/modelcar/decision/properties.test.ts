import { expect, test } from "bun:test";
import fc from "fast-check";
import { factsOf, inventoryOf, models } from "../cases/cases.fixture.ts";
import { gpuType } from "../gpus/match.ts";
import { GPU_TYPES } from "../gpus/table.ts";
import type { GpuType } from "../gpus/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { ModelConfig } from "../model/model-config.ts";
import { optimize } from "../optimize/optimize.ts";
import { namedRuntime } from "../runtime/image.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { evaluate } from "./evaluate.ts";
import { candidates } from "./pools.ts";

const FACTS = Object.keys(models).flatMap((name) =>
  [undefined, "w4a16", "fp8-dynamic", "awq"].map((quantization) => factsOf(name, quantization)),
);

const entry = (args: string[]): ModelEntry => ({
  name: "m",
  image: "",
  outputType: undefined,
  args,
  gpuCount: undefined,
  line: 1,
});

const facts = fc.constantFrom(...FACTS);
const gpu = fc.constantFrom(...GPU_TYPES);
const runtime = fc
  .constantFrom("0.8.5", "0.9.2", "0.11.0", "0.20.0", "0.30.0")
  .map((version): RuntimeVersion => namedRuntime(version, "test"));
const parallel = fc.constantFrom(1, 2, 4, 8);
const memory = fc.integer({ min: 4 * 1024, max: 300 * 1024 });

const goes = (input: Parameters<typeof evaluate>[0]): boolean => evaluate(input).verdict === "GO";

/** Batch sizes are named: their defaults grow with the GPU, which costs memory of its own. */
const BATCH = ["--max-num-seqs=256", "--max-num-batched-tokens=8192"];

test("more memory never turns a GO into a NO-GO", () => {
  fc.assert(
    fc.property(facts, gpu, runtime, parallel, memory, memory, (model, type, release, tp, a, b) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map(
        (memoryMiB): GpuType => ({ ...type, memoryMiB }),
      );
      const one = { entry: entry([`-tp=${tp}`, ...BATCH]), facts: model, runtime: release };
      if (goes({ ...one, gpu: less! })) expect(goes({ ...one, gpu: more! })).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("nor does a larger GPU of the table of the same generation, with the defaults", () => {
  fc.assert(
    fc.property(facts, gpu, gpu, runtime, parallel, (model, a, b, release, tp) => {
      if (a.family !== b.family || a.capability !== b.capability || a.gfx !== b.gfx) return;
      const [less, more] = a.memoryMiB <= b.memoryMiB ? [a, b] : [b, a];
      const one = { entry: entry([`-tp=${tp}`]), facts: model, runtime: release };
      if (goes({ ...one, gpu: less })) expect(goes({ ...one, gpu: more })).toBe(true);
    }),
    { numRuns: 600 },
  );
});

test("a longer context never turns a NO-GO into a GO", () => {
  const length = fc.integer({ min: 16, max: 300_000 });
  fc.assert(
    fc.property(facts, gpu, runtime, parallel, length, length, (model, type, release, tp, a, b) => {
      const [shorter, longer] = [Math.min(a, b), Math.max(a, b)];
      const at = (tokens: number) =>
        goes({
          entry: entry([`-tp=${tp}`, `--max-model-len=${tokens}`]),
          facts: model,
          gpu: type,
          runtime: release,
        });
      if (at(longer)) expect(at(shorter)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

test("the longest context that is told fits, and a block more does not", () => {
  fc.assert(
    fc.property(facts, gpu, runtime, parallel, (model, type, release, tp) => {
      const { requirements } = evaluate({
        entry: entry([`-tp=${tp}`]),
        facts: model,
        gpu: type,
        runtime: release,
      });
      const most = requirements?.largestContext ?? 0;
      if (requirements === undefined || most < 16 || most >= requirements.contextLength) return;
      const at = (tokens: number) =>
        evaluate({
          entry: entry([`-tp=${tp}`, `--max-model-len=${tokens}`]),
          facts: model,
          gpu: type,
          runtime: release,
        }).requirements?.margin ?? 0;
      expect(at(most)).toBeGreaterThanOrEqual(0);
      expect(at(most + 33)).toBeLessThan(0);
    }),
    { numRuns: 200 },
  );
});

test("optimizing twice is optimizing once, and what is called deployable starts", () => {
  const argument = fc.constantFrom(
    "--max-model-len=8192",
    "--max-model-len=999999",
    "--dtype=bfloat16",
    "--dtype=half",
    "--kv-cache-dtype=fp8",
    "--quantization=awq",
    "-tp=3",
    "--tensor-parallel-size=8",
    "--distributed-executor-backend=mp",
    "--enforce-eager",
    "--served-model-name={{.Name}}",
    "--nonsense=1",
  );
  fc.assert(
    fc.property(
      facts,
      gpu,
      runtime,
      parallel,
      fc.array(argument, { maxLength: 5 }),
      (model, type, release, devices, args) => {
        const inventory = inventoryOf({ gpus: `${devices}x ${type.id}`, vllm: release.version });
        const candidate = candidates(inventory).open[0]!;
        const input = { facts: model, candidate, inventory, gpu: candidate.gpu!, runtime: inventory.runtime };
        const once = optimize({ ...input, entry: entry(args) });
        const twice = optimize({ ...input, entry: entry(once.args) });
        expect(twice.args).toEqual(once.args);
        expect(twice.changes).toEqual([]);
        if (once.deployable) expect(goes({ ...input, entry: entry(once.args) })).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test("whatever the config holds, there is an answer, and it is finite", () => {
  const number = fc.oneof(fc.constantFrom(0, 1, 7, 64, 4096), fc.integer({ min: 0, max: 1e6 }));
  const config = fc.record(
    {
      architectures: fc.constant<string[]>(["LlamaForCausalLM"]),
      model_type: fc.constantFrom("llama", "gemma2", "mamba2", "deepseek_v3", "whisper", "falcon"),
      hidden_size: number,
      intermediate_size: number,
      num_hidden_layers: fc.integer({ min: 0, max: 200 }),
      num_attention_heads: number,
      num_key_value_heads: number,
      vocab_size: number,
      kv_lora_rank: number,
      sliding_window: number,
      num_local_experts: number,
      attn_layer_period: fc.integer({ min: 0, max: 10 }),
      mamba_n_heads: number,
      mamba_d_state: number,
      max_position_embeddings: number,
    },
    { requiredKeys: ["architectures"] },
  );
  const h100 = gpuType("H100")!;
  fc.assert(
    fc.property(config, runtime, parallel, (lying: ModelConfig, release, tp) => {
      const model = { ...factsOf("llama-3.1-8b"), config: lying };
      const { verdict, requirements } = evaluate({
        entry: entry([`-tp=${tp}`]),
        facts: model,
        gpu: h100,
        runtime: release,
      });
      expect(["GO", "NO-GO (memory)", "NO-GO (unsupported)", "UNKNOWN"]).toContain(verdict);
      if (requirements !== undefined) expect(Number.isFinite(requirements.total)).toBe(true);
      if (lying.hidden_size === undefined || lying.vocab_size === undefined) expect(verdict).not.toBe("GO");
    }),
    { numRuns: 300 },
  );
});
