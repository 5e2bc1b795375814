import { parseJson } from "../../../base/json.ts";
import * as z from "../../../base/zod.ts";
import type { Kernels } from "../types.ts";

/**
 * What trtexec writes by --exportLayerInfo with --profilingVerbosity=detailed: the engine inspector's words
 * (IEngineInspector::getEngineInformation; samples/common/sampleReporting.cpp, printLayerInfo). Examples of it:
 * tools/experimental/trt-engine-explorer in NVIDIA/TensorRT (8.x), and NVIDIA/TensorRT issues 4020 (10.2), 4397 (10.10).
 */
const infoSchema = () => z.object({ Layers: z.array(z.union([z.string(), layerSchema()])) });

const tensorSchema = () =>
  z.object({ "Format/Datatype": z.optional(z.string()), Datatype: z.optional(z.string()) });
const layerSchema = () =>
  z.object({
    LayerType: z.string(),
    Inputs: z.optional(z.array(tensorSchema())),
    Weights: z.optional(z.object({ Type: z.optional(z.string()) })),
  });
type Layer = z.output<ReturnType<typeof layerSchema>>;

/** Undefined where the file tells the names of the layers alone, or is of another form. */
export function kernelsIn(text: string): Kernels | undefined {
  // Metadata holds separators (ASCII 30 and 31) that JSON does not allow in strings as they are.
  const clean = Array.from(text, (character) => (character < " " ? " " : character)).join("");
  const { data } = infoSchema().safeParse(parseJson(clean));
  const layers = data?.Layers.filter((layer) => typeof layer !== "string");
  if (!layers || layers.length === 0) return undefined;
  const counts = { integer: 0, half: 0, float: 0, conversions: 0 };
  for (const layer of layers) {
    const kind = kindOf(layer);
    if (kind !== undefined) counts[kind]++;
  }
  const operators: Record<string, number> = {};
  for (const { LayerType } of layers) operators[LayerType] = (operators[LayerType] ?? 0) + 1;
  return { ...counts, operators };
}

/** Moves values between formats and types: Q and DQ that no layer took in are among them. */
const CONVERSION = /^(Reformat|Quantize|Dequantize|Cast)$/;
/** Layers with weights and matrix products: Cask's kernels, those of the compiler backend (gemm), and what plugins replace. */
const HEAVY = /conv|gemm|matrixmultiply|matrix_multiply|fullyconnected|deconvolution/i;

/** Undefined for what is neither a layer with weights, nor in integers, nor a conversion: pooling, activations, constants. */
function kindOf(layer: Layer): keyof Omit<Kernels, "operators"> | undefined {
  const { LayerType, Inputs: [input] = [], Weights } = layer;
  if (CONVERSION.test(LayerType)) return "conversions";
  const type = Weights?.Type ?? input?.["Format/Datatype"] ?? input?.Datatype ?? "";
  if (/\bu?int8\b/i.test(type)) return "integer";
  if (Weights === undefined && !HEAVY.test(LayerType)) return undefined;
  if (/\b(half|fp16|bf16|bfloat16)\b/i.test(type)) return "half";
  return /\b(float|fp32|tf32)\b/i.test(type) ? "float" : undefined;
}
