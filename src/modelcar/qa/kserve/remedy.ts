import { parseArguments } from "../../settings/arguments.ts";
import { withArgument } from "../../settings/edit.ts";
import { humanInteger } from "../../settings/numbers.ts";
import type { Serving } from "./render.ts";

/** A change with which a model that failed may come up. */
export interface Remedy {
  serving: Serving;
  /** In words, for the lines of the run. */
  text: string;
}

/** With less, no chat is worth its name. */
const LEAST_CONTEXT = 1024;

/** More memory for the pod: it was ended for using more than it may. Undefined: the node has no more. */
export function moreMemory(serving: Serving, mostGiB: number | undefined): Remedy | undefined {
  const wanted = Math.min(serving.memoryGiB * 2, Math.floor(mostGiB ?? Number.POSITIVE_INFINITY));
  if (wanted <= serving.memoryGiB) return undefined;
  return {
    serving: { ...serving, memoryGiB: wanted },
    text: `memory limit ${wanted}Gi instead of ${serving.memoryGiB}Gi`,
  };
}

/** Words with which vLLM and PyTorch say that the GPU's memory does not suffice. */
const GPU_MEMORY =
  /CUDA out of memory|torch\.OutOfMemoryError|HIP out of memory|No available memory for the cache blocks|larger than the (?:available KV cache memory|maximum number of tokens)/i;

/**
 * A shorter context, where the log says that the GPU's memory does not suffice for it: what vLLM itself reckons would fit,
 * else half. `limit` is the model's own context, for when no argument sets one.
 */
export function shorterContext(serving: Serving, log: string, limit: number | undefined): Remedy | undefined {
  if (!GPU_MEMORY.test(log)) return undefined;
  const estimated = /estimated maximum model length is ([\d,]+)/.exec(log)?.[1]?.replaceAll(",", "");
  const asked = /max seq len \(([\d,]+)\)/.exec(log)?.[1]?.replaceAll(",", "");
  const set = parseArguments(serving.args, serving.name).byFlag.get("max-model-len")?.value;
  const now =
    (set === undefined ? undefined : humanInteger(set)) ??
    (asked === undefined ? undefined : Number(asked)) ??
    limit;
  const next =
    estimated !== undefined ? Number(estimated) : now === undefined ? undefined : Math.floor(now / 2);
  if (next === undefined || next < LEAST_CONTEXT || (now !== undefined && next >= now)) return undefined;
  const args = withArgument(serving.args, "max-model-len", `${next}`);
  return {
    serving: { ...serving, args },
    text: `--max-model-len=${next}${now === undefined ? "" : ` instead of ${now}`}`,
  };
}

/** The lines of a log that say most about why a server did not start. */
export function lastWords(log: string): string[] {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /\b\w*(Error|Exception)\b:|out of memory|Killed/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).map((line) => line.trim().slice(0, 400));
}
