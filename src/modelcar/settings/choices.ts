import { oneOf } from "../../base/one-of.ts";
import { isAtLeast } from "../runtime/version.ts";
import { type Place, type Presence, placeOf, presence } from "./flags.ts";
import { type ReleaseTable, releaseTable } from "./release-table.ts";

const MAMBA_TYPES = releaseTable(`
0.10.1.1: auto float32
0.13.0: float16
0.22.1: bfloat16
`);

/** What a flag takes, by release (the same releases as the table of flags; vllm/config.py and vllm/config/). */
const CHOICES: Readonly<Record<string, ReleaseTable>> = {
  dtype: releaseTable("0.6.3.post1: auto half float16 bfloat16 float float32"),
  "kv-cache-dtype": releaseTable(`
0.6.3.post1: auto fp8 fp8_e4m3 fp8_e5m2
0.10.1.1: fp8_inc
0.11.0: bfloat16
0.11.2: fp8_ds_mla
0.18.0: float16
0.20.0: turboquant_k8v4 turboquant_4bit_nc turboquant_k3v4_nc turboquant_3bit_nc
  int8_per_token_head fp8_per_token_head nvfp4
0.25.0: int4_per_token_head
0.28.0: nvfp4_4over6
0.30.0: nvfp4_ds_mla
0.33.0: octave_k3v4 octave_k3v3 octave_k3v3_compact ultraquant_4bit
`),
  // Gguf and bitsandbytes are of plug-ins in newer releases.
  "load-format": releaseTable(`
0.6.3.post1: auto pt safetensors npcache dummy tensorizer sharded_state mistral gguf bitsandbytes
0.7.3: runai_streamer
0.8.4: fastsafetensors
0.8.5: runai_streamer_sharded
0.13.0: hf
0.18.0: instanttensor
0.22.1: modelexpress
0.30.0: ipc_cache
`),
  "mamba-cache-dtype": MAMBA_TYPES,
  "mamba-ssm-cache-dtype": MAMBA_TYPES,
};

/** Whether the flag takes the value in this release, and all that it takes in some. Undefined: a flag of free values. */
export function choiceOf(
  flag: string,
  value: string,
  place: Place | undefined,
): { presence: Presence; known: boolean; all: () => string[] } | undefined {
  const choices = CHOICES[flag];
  if (choices === undefined) return undefined;
  const row = choices.get(value);
  const isEverywhere = row?.from === "0.6.3.post1";
  const found = isEverywhere ? "yes" : row === undefined ? "no" : presence(row, place);
  const all = () => choices.names().filter((name) => presence(choices.get(name), place) !== "no");
  return { presence: found, known: row !== undefined, all };
}

/** Sizes of a block that the parser took until 0.16 (arg_utils.py; vllm/config, BlockSize), by their first release. */
const BLOCK_SIZES = releaseTable(`
0.6.3.post1: 8 16 32
0.7.3: 64 128
0.8.5: 1
0.11.2: 256
`);

/**
 * Whether `--block-size` is one that vLLM takes. Until 0.16 the parser had a list; of that the first engine, up to 0.7,
 * ran all (cuda.py takes XFormers for 8), the second only multiples of 16 but with other attention; 1 is of latent
 * attention on AMD GPUs (rocm.py). Since 0.18 attention kernels say what they take,
 * those of NVIDIA GPUs multiples of 16 (get_supported_kernel_block_sizes).
 */
export function blockSizeOutcome(size: number, version: string | undefined, isRocm: boolean): Presence {
  const isWhole = size % 16 === 0;
  const listed = isAtLeast(version, "0.18.0");
  if (listed === true) return isWhole ? "yes" : isRocm && size === 1 ? "unclear" : "no";
  const row = BLOCK_SIZES.get(String(size));
  if (listed === undefined) return row !== undefined && isWhole ? "yes" : isWhole || row ? "unclear" : "no";
  const found = presence(row, placeOf(version));
  const isKnown = row !== undefined && row.from === "0.6.3.post1" ? "yes" : found;
  if (isKnown !== "yes" || isWhole) return isKnown;
  return size === 8 && isAtLeast(version, "0.8.0") === false ? "yes" : "unclear";
}

/** What the release takes: the sizes of that list that attention kernels of NVIDIA GPUs run, or multiples. */
export function blockSizesText(version: string | undefined): string {
  if (isAtLeast(version, "0.18.0") === true) return `vLLM ${version} takes multiples of 16`;
  const isTaken = (size: string): boolean => blockSizeOutcome(Number(size), version, false) === "yes";
  return `vLLM takes ${oneOf(BLOCK_SIZES.names().filter(isTaken))}`;
}
