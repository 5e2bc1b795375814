import { compareVersions, parseVersion } from "../runtime/version.ts";
import { READ_RELEASES, SWITCHES, VALUE_FLAGS } from "./flag-table.ts";
import { type Known, releaseTable } from "./release-table.ts";

/** A flag of `vllm serve`. */
export interface Flag extends Known {
  name: string;
  /** What follows it. */
  kind: "value" | "boolean";
}

/** Whether a release has something. `unclear`: it came or went between two releases that were read. */
export type Presence = "yes" | "no" | "unclear";

const TABLES = [
  { kind: "value", table: releaseTable(VALUE_FLAGS) },
  { kind: "boolean", table: releaseTable(SWITCHES) },
] as const;

/** The flag of this name, without the dashes, of any release that was read. */
export function flagNamed(name: string): Flag | undefined {
  for (const { kind, table } of TABLES) {
    const known = table.get(name);
    if (known !== undefined) return { name, kind, ...known };
  }
  return undefined;
}

/** Flags of `vllm serve`, without the dashes, of all releases that were read. */
export const flagNames = (): string[] => TABLES.flatMap(({ table }) => table.names());

/** The releases that were read next to one, as their places in the list; twice the same where it was read itself. */
export interface Place {
  before: number;
  after: number;
}

/** Where a release stands among those that were read; undefined: it is not known. */
export function placeOf(version: string | undefined): Place | undefined {
  if (version === undefined || parseVersion(version) === undefined) return undefined;
  const exact = READ_RELEASES.indexOf(version);
  if (exact >= 0) return { before: exact, after: exact };
  const before = READ_RELEASES.findLastIndex((release) => compareVersions(release, version) <= 0);
  const isRead = before >= 0 && compareVersions(READ_RELEASES[before]!, version) === 0;
  return { before, after: isRead ? before : before + 1 };
}

/** Places from which to which something is there. */
const range = ({ from, until }: Known): [number, number] => [
  READ_RELEASES.indexOf(from),
  until === undefined ? READ_RELEASES.length - 1 : READ_RELEASES.indexOf(until),
];

/**
 * Whether the release at a place has what is described; undefined: in no release that was read. A release that was not
 * read is judged by those before and after it; without a release only what every one has is certain.
 */
export function presence(known: Known | undefined, place: Place | undefined): Presence {
  if (place === undefined) return "unclear";
  const { before, after } = place;
  if (known === undefined) return before === after ? "no" : "unclear";
  const [first, last] = range(known);
  const has = (release: number): boolean => release >= first && release <= last;
  const isOutside = before < 0 || after >= READ_RELEASES.length;
  if (isOutside) return has(before) || has(after) ? "yes" : "unclear";
  return has(before) === has(after) ? (has(before) ? "yes" : "no") : "unclear";
}

/** Flags that take as many elements as follow (argparse, nargs "+"). */
export const LIST_FLAGS: ReadonlySet<string> = new Set(
  `served-model-name lora-modules prompt-adapters ignore-patterns api-key logits-processors allowed-media-domains
  cuda-graph-sizes cudagraph-capture-sizes kv-cache-dtype-skip-layers numa-bind-nodes numa-bind-cpus`.split(
    /\s+/,
  ),
);

/** Short forms (vllm/engine/arg_utils.py). */
export const SHORT_FLAGS: ReadonlyMap<string, string> = new Map([
  ["-tp", "tensor-parallel-size"],
  ["-pp", "pipeline-parallel-size"],
  ["-dp", "data-parallel-size"],
  ["-ep", "enable-expert-parallel"],
  ["-dcp", "decode-context-parallel-size"],
  ["-pcp", "prefill-context-parallel-size"],
  ["-q", "quantization"],
  ["-n", "nnodes"],
  ["-r", "node-rank"],
  ["-ac", "attention-config"],
  ["-cc", "compilation-config"],
  ["-sc", "speculative-config"],
  ["-dc", "diffusion-config"],
  ["-asc", "api-server-count"],
  ["-dpl", "data-parallel-size-local"],
  ["-dpa", "data-parallel-address"],
  ["-dpb", "data-parallel-backend"],
  ["-dpe", "data-parallel-external-lb"],
  ["-dph", "data-parallel-hybrid-lb"],
  ["-dpm", "data-parallel-multi-port-external-lb"],
  ["-dpn", "data-parallel-rank"],
  ["-dpp", "data-parallel-rpc-port"],
  ["-dpr", "data-parallel-start-rank"],
]);
