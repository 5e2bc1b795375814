import type { InventoryProblem, Quota } from "../types.ts";
import { acceleratorKind } from "./accelerators.ts";
import type { LimitRangeObject, QuotaObject } from "./objects.ts";
import { quantity } from "./quantity.ts";

/** What is left of the namespace's quotas, each resource of each by itself. */
export const quotasOf = (objects: readonly QuotaObject[]): Quota[] =>
  objects.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([resource, value]) => {
      const hard = quantity(value);
      const used = quantity(status?.used?.[resource]) ?? 0;
      return hard === undefined ? [] : [{ name: metadata.name, resource, hard, used }];
    }),
  );

/** A limit range that allows a container only so many devices counts as a quota of which nothing is used. */
export const quotasOfRanges = (ranges: readonly LimitRangeObject[]): Quota[] =>
  maxima(ranges)
    .filter(({ resource }) => acceleratorKind(resource) !== undefined)
    .map(({ name, resource, value }) => ({ name: `limit range ${name}`, resource, hard: value, used: 0 }));

interface Maximum {
  name: string;
  resource: string;
  value: number;
  written: string;
  type: string;
}

const maxima = (ranges: readonly LimitRangeObject[]): Maximum[] =>
  ranges.flatMap(({ metadata, spec }) =>
    spec.limits
      .filter(({ type }) => type === "Container" || type === "Pod")
      .flatMap(({ type, max }) =>
        Object.entries(max ?? {}).flatMap(([resource, written]) => {
          const value = quantity(written);
          return value === undefined
            ? []
            : [{ name: metadata.name, resource, value, written: String(written), type }];
        }),
      ),
  );

/** What a namespace refuses to pods, in words; that the accelerators' quotas suffice is for the decision to see. */
export function limitProblems(
  namespace: string,
  quotas: readonly Quota[],
  ranges: readonly LimitRangeObject[],
): InventoryProblem[] {
  const full = quotas.filter(({ resource, hard, used }) => resource === "pods" && used >= hard);
  return [
    ...full.map(({ name, hard, used }) => ({
      code: "quota-pods",
      text: `quota ${name} of namespace ${namespace} allows ${hard} pods, and ${used} are there`,
      hint: "Delete pods that are not needed, use another namespace, or have the quota raised.",
    })),
    ...maxima(ranges)
      .filter(({ resource }) => resource === "memory" || resource === "cpu")
      .map(({ name, resource, written, type }) => ({
        code: "limit-range",
        text: `limit range ${name} of namespace ${namespace} allows a ${type.toLowerCase()} at most ${written} of ${resource}`,
        hint: "A serving pod that asks for more is refused: keep its limits below, or use another namespace.",
      })),
  ];
}
