import type { Machine } from "../types.ts";

/** The instructions that products of 8-bit integers are added up with, as people name them. */
export interface IntegerDot {
  name: string;
  /** Whether sums of two products of full 8 bits fit: else weights are to be kept to 7 (`reduceRange`). */
  exact: boolean;
}

/** Best first. Linux, arch/x86/include/asm/cpufeatures.h and arch/arm64/kernel/cpuinfo.c. */
const KNOWN: readonly (readonly [feature: string, dot: IntegerDot])[] = [
  ["avx512_vnni", { name: "AVX-512 VNNI", exact: true }],
  ["avx_vnni", { name: "AVX-VNNI", exact: true }],
  ["i8mm", { name: "Arm I8MM", exact: true }],
  ["asimddp", { name: "Arm dot product", exact: true }],
  // VPMADDUBSW adds two products in 16 bits and saturates (Intel SDM, volume 2).
  ["avx512bw", { name: "AVX-512 without VNNI", exact: false }],
  ["avx2", { name: "AVX2", exact: false }],
];

/** What the machine has; the cautious answer where it does not tell. */
export function integerDot({ arch, features }: Machine): IntegerDot {
  const known = KNOWN.find(([feature]) => features.has(feature));
  if (known) return known[1];
  return arch === "arm64" ? { name: "Arm NEON", exact: true } : { name: "not known", exact: false };
}
