import { argument } from "../decision/attempt.ts";
import type { Change } from "../decision/types.ts";
import type { ModelEntry } from "../manifest/types.ts";
import { parseArguments } from "../settings/arguments.ts";
import { withArgument } from "../settings/edit.ts";
import type { ServingSettings } from "../settings/types.ts";

/** Arguments, and how they differ from those that were given. */
export interface Edited {
  args: string[];
  changes: Change[];
}

/** Of duplicates the value that vLLM takes, so that every reader takes the same. */
export function singleValues({ args, name }: ModelEntry, { isRepeated }: ServingSettings): Edited {
  if (!isRepeated) return { args, changes: [] };
  const parsed = parseArguments(args, "{{.Name}}");
  const twice = [...parsed.byFlag.values()].filter(
    ({ flag }) => parsed.all.filter((one) => one.flag === flag).length > 1,
  );
  return {
    args: twice.reduce((list, { flag, value }) => withArgument(list, flag, value), args),
    changes: twice.map(({ flag, value }) => ({
      kind: "argument",
      what: `--${flag}`,
      value,
      why: `it was given more than once in ${name}; vLLM takes the last`,
    })),
  };
}

/** `gpu_count` alone does not spread the model, and beside replicas it says nothing of the size of one. */
export function explicitParallel(entry: ModelEntry, settings: ServingSettings): Edited {
  const { args, gpuCount } = entry;
  const { tensorParallel, dataParallel, given } = settings;
  const isTold = given.has("tensor-parallel-size") || gpuCount === undefined;
  if (isTold || (tensorParallel === 1 && dataParallel === 1)) return { args, changes: [] };
  const why = `gpu_count is ${gpuCount}; without the flag vLLM puts each stage on one GPU`;
  const told = argument(entry, "tensor-parallel-size", String(tensorParallel), why);
  return { args: told.entry.args, changes: told.steps };
}
