import type { Taint, Toleration } from "./types.ts";

/**
 * Whether a pod with these tolerations is put on a node with this taint (kubernetes.io, Taints and Tolerations;
 * k8s.io/api/core/v1, Toleration.ToleratesTaint).
 */
export const tolerates = (tolerations: readonly Toleration[], taint: Taint): boolean =>
  tolerations.some((one) => matches(one, taint));

function matches({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined) return operator === "Exists";
  if (key !== taint.key) return false;
  return operator === "Exists" || (value ?? "") === (taint.value ?? "");
}

/** `key=value:effect`, as kubectl writes it. */
export const taintText = ({ key, value, effect }: Taint): string =>
  `${key}${value === undefined ? "" : `=${value}`}:${effect}`;

/** The toleration of exactly this taint. */
export const tolerationOf = ({ key, value, effect }: Taint): Toleration => ({
  key,
  operator: "Equal",
  value,
  effect,
});

const WRITTEN = /^([^=:\s]+)(?:=([^=:\s]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?$/;

/** Reads `key`, `key=value`, `key:effect` and `key=value:effect`; without a value every one is tolerated. */
export function parseToleration(text: string): Toleration | undefined {
  const [, key, value, effect] = WRITTEN.exec(text) ?? [];
  if (key === undefined) return undefined;
  const operator = value === undefined ? "Exists" : "Equal";
  return { key, operator, value, effect: EFFECTS.find((each) => each === effect) };
}

export const EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** Each once. */
export const distinctTolerations = (all: readonly Toleration[]): Toleration[] => [
  ...new Map(all.map((one) => [toleratedText(one), one])).values(),
];

/** In one line, the same for the same toleration. */
export const toleratedText = ({ key = "", operator, value, effect }: Toleration): string =>
  `${operator === "Exists" ? key || "every taint" : `${key}=${value ?? ""}`}${effect === undefined ? "" : `:${effect}`}`;
