import type { Change } from "./types.ts";

/** `--max-model-len=32768`, `without --quantization`, `GPU: 2x NVIDIA H200`. */
export function editText({ kind, what, value }: Pick<Change, "kind" | "what"> & { value?: unknown }): string {
  if (kind === "remove-argument") return `without ${what}`;
  if (value === undefined) return what;
  return what.startsWith("--") ? `${what}=${value}` : `${what}: ${value}`;
}

/** Edits of arguments in one line. */
const editsText = (steps: readonly Change[]): string =>
  steps.map((step) => (step.what === "gpu_count" ? `gpu_count=${step.value}` : editText(step))).join(" ");

const whyText = (steps: readonly Change[]): string => steps.map(({ why }) => why).join("; ");

/** Edits of arguments that are only enough together, as one change. */
export function togetherChange(steps: readonly Change[]): Change {
  const [only] = steps;
  if (steps.length === 1 && only !== undefined) return only;
  return { kind: "argument", what: editsText(steps), value: undefined, why: whyText(steps) };
}

/** A change with others that must go with it, as one: `INT4 (W4A16) with --tensor-parallel-size=4`. */
export function changeWith(first: Change, others: readonly Change[]): Change {
  if (others.length === 0) return first;
  const isArgument = ({ kind }: Change): boolean => kind === "argument" || kind === "remove-argument";
  const words = others.every(isArgument) ? editsText(others) : others.map(editText).join(" with ");
  const link = words.startsWith("without ") ? "" : "with ";
  return { ...first, value: `${first.value} ${link}${words}`, why: whyText([first, ...others]) };
}
