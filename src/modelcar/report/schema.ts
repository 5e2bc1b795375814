import type { SchemaNode } from "../../base/json-schema.ts";
import * as z from "../../base/zod.ts";

const d = z.described;
const text = (description: string) => d(z.string(), description);
const number = (description: string) => d(z.number(), description);
const maybe = <S extends z.ZodMiniType>(schema: S) => z.optional(schema);

const check = () =>
  z.strictObject({
    text: text("What was to be done."),
    status: d(z.enum(["done", "failed", "skipped"]), "How it went."),
    detail: maybe(text("What came of it.")),
  });

const step = () =>
  z.strictObject({
    name: d(
      z.enum(["Configuration", "Accelerator Compatibility", "Deployment Decision", "QA Validation"]),
      "The specialist.",
    ),
    status: d(
      z.enum(["done", "partial", "failed", "skipped"]),
      "partial: something could not be read, the rest is there.",
    ),
    checks: d(z.array(check()), "The checklist, in order."),
    problem: maybe(text("Why it failed.")),
    hint: maybe(text("What to do about it.")),
  });

const facts = () =>
  z.strictObject({
    source: d(z.enum(["registry", "hub", "folder", "gguf", "name"]), "Where the facts come from."),
    estimatedFromName: d(z.boolean(), "Nothing but the name was there to go by."),
    digest: maybe(text("Digest of what was read.")),
    architecture: maybe(text("First of the config's architectures.")),
    parameters: maybe(number("Weights as the author counts them.")),
    weightBytes: maybe(number("Bytes of all tensors.")),
    quantization: maybe(
      d(
        z.strictObject({
          method: text("As the config names it."),
          scheme: text("How weights are stored and multiplied."),
          weightBits: maybe(number("Bits of a weight.")),
          groupSize: maybe(number("Weights that share a scale.")),
          fromName: d(z.boolean(), "Guessed from the name."),
        }),
        "Absent: not quantized.",
      ),
    ),
    contextLimit: maybe(number("Tokens that the model was made for.")),
    licence: maybe(text("Licence, where it is told.")),
    container: maybe(
      d(
        z.strictObject({
          bytes: number("Compressed bytes of all layers."),
          layers: number("How many."),
          architectures: d(z.array(z.string()), "Processors the image is built for."),
        }),
        "The image, apart from memory.",
      ),
    ),
    evidence: d(z.array(z.string()), "What was read and what it said."),
    problems: d(z.array(z.string()), "What could not be read or does not fit together."),
  });

const reason = () =>
  z.strictObject({
    code: text("Stable, for programs."),
    kind: d(z.enum(["blocks", "memory", "unknown", "warning", "note"]), "The first three decide."),
    text: text("For people."),
    source: maybe(text("What the rule cites.")),
    release: maybe(text("First release of vLLM with which it no longer holds.")),
  });

const change = () =>
  z.strictObject({
    kind: d(
      z.enum(["argument", "remove-argument", "model", "hardware", "runtime", "cluster"]),
      "What is changed.",
    ),
    what: text("The flag, or the thing; of two edits that are only enough together, both."),
    value: maybe(text("Its new value; after `with` and `without`, what has to go with it.")),
    why: text("What it brings."),
  });

const memory = () =>
  z.strictObject({
    gpus: number("GPUs the model takes."),
    terms: d(
      z.array(
        z.strictObject({
          label: text("What takes it."),
          bytes: number("Bytes of one GPU, of the rank that holds most."),
          formula: text("How the number comes about."),
        }),
      ),
      "Their sum is the total.",
    ),
    total: number("Bytes of one GPU."),
    budget: number("Bytes of one GPU that vLLM may use."),
    usable: number("Bytes of one GPU that a process can get."),
    margin: number("budget − total; negative: it does not fit."),
    tight: d(z.boolean(), "A GO whose margin is less than the estimate may be off (2 % of the GPU)."),
    contextLength: number("Tokens that the estimate is for."),
    largestContext: number("Longest context of one sequence that fits."),
    concurrency: number("Sequences of that length that fit at once."),
    kvBytesPerToken: number("Bytes of KV cache of one more token, a GPU."),
    assumptions: d(z.array(z.string()), "What had to be supposed."),
  });

const model = () =>
  z.strictObject({
    name: text("The model's name in the file."),
    image: text("Where it is read from."),
    line: number("Line of the entry."),
    outputType: maybe(text("text, audio, embedding.")),
    gpuCount: maybe(number("gpu_count, as written.")),
    args: d(z.array(z.string()), "Serving arguments, as written."),
    facts: maybe(facts()),
    unread: maybe(text("Why there are no facts.")),
    verdict: d(
      z.enum(["GO", "NO-GO (memory)", "NO-GO (unsupported)", "UNKNOWN"]),
      "By itself; that all run together is told apart.",
    ),
    verdictLine: text("The verdict in one line."),
    reasons: d(z.array(reason()), "First the decisive."),
    gpu: maybe(
      d(
        z.strictObject({
          id: text("In our table."),
          name: text("As its vendor writes it."),
          family: text("Generation."),
          memoryMiB: number("Memory as the driver reports it."),
          capability: maybe(number("Compute capability × 10.")),
        }),
        "The GPU that the estimate is for.",
      ),
    ),
    memory: maybe(memory()),
    settings: z.strictObject({
      tensorParallel: number("--tensor-parallel-size in effect."),
      pipelineParallel: number("--pipeline-parallel-size in effect."),
      gpuMemoryUtilization: number("--gpu-memory-utilization in effect."),
      kvCacheDtype: text("--kv-cache-dtype in effect."),
      maxNumSeqs: number("--max-num-seqs in effect."),
      maxNumBatchedTokens: number("--max-num-batched-tokens in effect."),
    }),
    placement: maybe(
      z.strictObject({
        node: text("Node."),
        resource: text("Kubernetes resource."),
        product: text("GPU product."),
        gpus: number("Devices taken."),
      }),
    ),
    nearest: d(z.array(change()), "The smallest changes that would make it a GO, best first."),
    optimized: maybe(
      d(
        z.strictObject({
          args: d(z.array(z.string()), "All arguments after the edits."),
          changes: d(z.array(change()), "Each edit with its reason."),
        }),
        "The fewest edits with which it starts; absent: none are needed, or none are enough.",
      ),
    ),
    validTensorParallel: d(z.array(z.number()), "Sizes that the model's shape allows, up to 16."),
    vendorSupported: maybe(d(z.boolean(), "Whether the vendor lists this combination as supported.")),
  });

const node = () =>
  z.strictObject({
    name: text("Node."),
    ready: z.boolean(),
    schedulable: d(z.boolean(), "false: cordoned or draining."),
    architecture: maybe(text("amd64, arm64, …")),
    instanceType: maybe(text("As the cloud names it.")),
    provider: maybe(text("The cloud.")),
    taints: d(z.array(z.string()), "key=value:effect."),
    gpus: z.array(
      z.strictObject({
        product: text("As the node names it."),
        known: d(z.boolean(), "Whether we know its memory and what it can run."),
        resource: text("Kubernetes resource."),
        family: maybe(text("Generation.")),
        memoryMiB: maybe(number("Memory of one.")),
        capability: maybe(number("Compute capability × 10.")),
        capacity: number("Devices that the node has."),
        allocatable: number("Of them those that the node gives out; the others are unhealthy."),
        free: maybe(number("Of those free; absent: not known.")),
        mig: maybe(text("MIG profile.")),
        replicas: maybe(number("Sharers of one device.")),
        driver: maybe(text("Driver version.")),
        cuda: maybe(text("CUDA version.")),
      }),
    ),
  });

const runtime = () =>
  z.strictObject({
    version: maybe(text("vLLM that will serve; absent: not known.")),
    image: maybe(text("Its image.")),
    platform: maybe(text("cuda, rocm, …")),
    evidence: text("How that is known."),
  });

const accelerators = () =>
  z.strictObject({
    source: d(z.enum(["cluster", "flag", "file", "machine"]), "Where the inventory comes from."),
    complete: d(z.boolean(), "false: parts could not be read; what is absent may exist."),
    nodes: z.array(node()),
    runtime: runtime(),
    otherRuntimes: maybe(
      d(
        z.record(z.string(), runtime()),
        "By vendor: the cluster's own runtimes for its other accelerators, which models are decided with there.",
      ),
    ),
    problems: z.array(
      z.strictObject({
        code: text("Stable."),
        text: text("For people."),
        hint: maybe(text("What to do.")),
        unread: maybe(d(z.enum(["nodes", "pods", "quotas", "runtimes"]), "What could not be read.")),
      }),
    ),
  });

const narration = () =>
  d(
    z.strictObject({
      provider: text("Who was asked."),
      model: text("Language model that wrote the text."),
      question: maybe(text("What it was asked.")),
      text: text("Its words, plain."),
      contradictions: d(
        z.array(z.string()),
        "Where its words say something else than the result; found by rules.",
      ),
    }),
    "Words of a language model on the result, of which they are no part. Absent: none was asked.",
  );

/** The one value that every report of `model-car check` is made of, and what `--json` prints. */
export const reportSchema = () =>
  z.strictObject({
    version: z.literal(1),
    file: text("The model-car file."),
    verdict: d(z.enum(["GO", "NO-GO", "UNKNOWN"]), "For all models together; only GO is a GO."),
    summary: text("The verdict in one sentence."),
    steps: d(z.array(step()), "The specialists, in order."),
    models: z.array(model()),
    accelerators: maybe(accelerators()),
    together: z.strictObject({
      fits: d(z.boolean(), "All models find their GPUs at the same time."),
      unplaced: d(z.array(z.string()), "Models for which none are left."),
      nearest: d(
        z.array(change()),
        "Where each model runs by itself: changes of which each lets all run at the same time.",
      ),
      reasons: z.array(reason()),
    }),
    qa: maybe(
      d(
        z.strictObject({
          code: text("QA_OK, or QA_ERROR:<CODE>."),
          text: text("What came of it."),
          file: text("What was run: the file, or NAME.generated.yaml, which is written nowhere."),
          models: d(z.array(z.string()), "Models that were run: those that are deployable."),
          hint: maybe(text("What to do.")),
        }),
        "Absent: not run.",
      ),
    ),
    narration: maybe(narration()),
    warnings: d(z.array(z.string()), "What is odd in the file."),
  });

export type Report = z.output<ReturnType<typeof reportSchema>>;

export const REPORT_SCHEMA_FILE = "docs/schemas/model-car-report.schema.json";

/** JSON Schema of the report, as it is published. */
export function reportSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema(), { io: "input" }) as SchemaNode;
  const title = "Report of agent2389 model-car check";
  const description = "Facts, verdicts and reasons; bytes are bytes, tokens are tokens.";
  return `${JSON.stringify({ $schema, title, description, ...rest }, null, 2)}\n`;
}
