import { UsageError } from "../../base/errors.ts";

/** What the rules look at; not every command has all of them. */
interface Given {
  target: string;
  precision: string;
  exclude: readonly string[];
  only: readonly string[];
  tolerance?: number;
  worker?: string | undefined;
  workspace?: number | undefined;
  "dla-core"?: number | undefined;
  "build-level"?: number | undefined;
  "serve-at"?: string | undefined;
  "max-drop"?: number | undefined;
  "test-data"?: string | undefined;
  "test-samples"?: number | undefined;
  confidence?: number | undefined;
  agreement?: number | undefined;
}

interface Rule {
  options: readonly (keyof Given)[];
  /** As "--target jetson". */
  with: string;
  holds(given: Given): boolean;
}

const RULES: readonly Rule[] = [
  {
    options: ["workspace", "dla-core", "build-level"],
    with: "--target jetson",
    holds: ({ target }) => target === "jetson",
  },
  { options: ["serve-at"], with: "--worker", holds: ({ worker }) => worker !== undefined },
  { options: ["max-drop"], with: "--precision int8", holds: ({ precision }) => precision === "int8" },
  {
    options: ["test-samples", "confidence", "agreement"],
    with: "--test-data",
    holds: (given) => given["test-data"] !== undefined,
  },
  {
    options: ["exclude", "only"],
    with: "a --precision other than fp32",
    holds: ({ precision }) => precision !== "fp32",
  },
];

/** Throws a UsageError for an option that would be passed over, which nobody means. */
export function refuseIgnored(given: Given): void {
  for (const rule of RULES) {
    const option = rule.options.find((name) => isGiven(given[name]));
    if (option === undefined || rule.holds(given)) continue;
    throw new UsageError(`--${option} goes with ${rule.with}`, { hint: "Leave it out, or add that." });
  }
  const { tolerance, "max-drop": maxDrop } = given;
  if (maxDrop === undefined || tolerance === undefined || maxDrop <= tolerance) return;
  throw new UsageError(`--max-drop ${maxDrop} is more than --tolerance ${tolerance} lets pass`, {
    hint: `Layers are left in float until no more than --max-drop is lost: give ${tolerance} or less, or raise --tolerance.`,
  });
}

const isGiven = (value: Given[keyof Given]): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined;
