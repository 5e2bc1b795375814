import type { GpuFamily, GpuType } from "../gpus/types.ts";
import type { QuantizationFacts, QuantizationScheme } from "../quantization/types.ts";

/** What one product's documentation promises, apart from what loads. */
export const VENDOR_SOURCE = "Red Hat AI Inference Server 3.5, supported configurations, chapter 4";

interface Support {
  schemes: readonly QuantizationScheme[];
  families: readonly GpuFamily[];
  /** Listed chips within a family of which not all are. */
  only?: RegExp;
}

const SUPPORT: readonly Support[] = [
  {
    schemes: ["w8a8-int8"],
    families: ["turing", "ampere", "ada", "hopper", "cdna2", "cdna3", "cdna4"],
    only: /^(T4|A10|A10G|A30|A40|A100|L4|L40|L40S|H100|H200|GH200|MI210|MI300X|MI325X|MI350X|MI355X)\b/,
  },
  {
    schemes: ["w4a16", "awq-int4", "gptq-int4"],
    families: ["ampere", "ada", "hopper", "blackwell", "cdna3", "cdna4"],
  },
  { schemes: ["w8a8-fp8", "w8a8-fp8-block"], families: ["ada", "hopper", "blackwell", "cdna3", "cdna4"] },
  { schemes: ["w8a16-fp8"], families: ["turing", "ampere", "ada", "hopper", "blackwell", "cdna3", "cdna4"] },
  { schemes: ["nvfp4"], families: ["blackwell"] },
];

/**
 * Whether the vendor's table has this quantization on this GPU. Undefined where the table has no row for it, so also
 * for models that are not quantized.
 */
export function vendorSupport(
  quantization: QuantizationFacts | undefined,
  gpu: GpuType,
): boolean | undefined {
  const row = SUPPORT.find(
    ({ schemes }) => quantization !== undefined && schemes.includes(quantization.scheme),
  );
  if (row === undefined) return undefined;
  return row.families.includes(gpu.family) && (row.only === undefined || row.only.test(gpu.id));
}
