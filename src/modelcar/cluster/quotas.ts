import { parseQuantity } from "../../base/quantity.ts";
import type { InventoryProblem, Quota } from "../inventory/types.ts";
import { acceleratorKind } from "./accelerators.ts";
import type { ClusterQuotaObject, LimitRangeObject, QuotaObject } from "./objects.ts";
import { countsServing } from "./quota-scopes.ts";

/** OpenShift's quota over several namespaces as the quota that it is to a pod: what all of them use counts. */
export const asQuota = ({ metadata, spec, status }: ClusterQuotaObject): QuotaObject => ({
  metadata: { ...metadata, name: `${metadata.name} (ClusterResourceQuota)` },
  spec: spec?.quota,
  status: status?.total,
});

/** The quotas that count pods of models, and what is to be told of the others. */
export function servingQuotas(
  namespace: string,
  objects: readonly QuotaObject[],
): { counted: QuotaObject[]; problems: InventoryProblem[] } {
  const all = objects.map((object) => ({ object, counts: countsServing(object.spec) }));
  return {
    counted: all.filter(({ counts }) => counts.is === "yes").map(({ object }) => object),
    problems: all.flatMap(({ object, counts }): InventoryProblem[] => {
      const quota = `quota ${object.metadata.name} of namespace ${namespace}`;
      if (counts.is === "priority")
        return [
          {
            code: "quota-priority",
            text: `${quota} counts only pods of ${counts.what}: it is not taken into account`,
            hint: "See that it suffices if the serving pods have that class.",
          },
        ];
      if (counts.is !== "unknown") return [];
      return [unreadLimit(`${quota} has the scope ${counts.what}, which is not known here`)];
    }),
  };
}

const unreadLimit = (text: string): InventoryProblem => ({
  ...{ code: "limit-broken", text, hint: undefined },
  unread: "quotas",
});

const isAccelerator = (resource: string): boolean =>
  acceleratorKind(resource.replace(/^(requests|limits)\./, "")) !== undefined;

/** What quotas say of accelerators, for the check that lists them. */
export function quotasText(objects: readonly QuotaObject[]): string {
  const told = quotasOf(objects)
    .filter(({ resource }) => isAccelerator(resource))
    .map(({ name, resource, hard, used }) => `${name}: ${used} of ${hard} ${resource} used`);
  return told.length === 0 ? "" : ` (${told.join("; ")})`;
}

/** What is left of the namespace's quotas, each resource of each by itself. */
export const quotasOf = (objects: readonly QuotaObject[]): Quota[] =>
  objects.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([resource, value]) => {
      const hard = parseQuantity(value);
      const used = parseQuantity(status?.used?.[resource]) ?? 0;
      return hard === undefined ? [] : [{ name: metadata.name, resource, hard, used }];
    }),
  );

/** Quotas and limits of which it is not known what they allow: a quota that is not counted yet, an odd quantity. */
export function unreadLimits(
  namespace: string,
  quotas: readonly QuotaObject[],
  ranges: readonly LimitRangeObject[],
): InventoryProblem[] {
  const broken = (name: string, what: string): InventoryProblem =>
    unreadLimit(`${name} of namespace ${namespace} ${what}`);
  const odd = (amounts: Record<string, string | number> | null | undefined): string[] =>
    Object.entries(amounts ?? {}).flatMap(([resource, value]) =>
      parseQuantity(value) === undefined ? [`has ${value} of ${resource}, which is no quantity`] : [],
    );
  return [
    ...quotas.flatMap(({ metadata: { name }, spec, status }) =>
      spec?.hard != null && status?.hard == null
        ? [broken(`quota ${name}`, "is not counted yet: what is left of it is not known")]
        : [...odd(status?.hard), ...odd(status?.used)].map((what) => broken(`quota ${name}`, what)),
    ),
    ...ranges.flatMap(({ metadata: { name }, spec }) =>
      spec.limits.flatMap(({ max }) => odd(max)).map((what) => broken(`limit range ${name}`, what)),
    ),
  ];
}

/** A limit range allows each pod only so many devices, however many pods there are: one container of it has them all. */
export const quotasOfRanges = (ranges: readonly LimitRangeObject[]): Quota[] =>
  maxima(ranges)
    .filter(({ resource }) => isAccelerator(resource))
    .map(({ name, resource, value }) => ({
      name: `limit range ${name}`,
      resource,
      hard: value,
      used: 0,
      per: "pod",
    }));

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
          const value = parseQuantity(written);
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
  const full = quotas.filter(({ hard, used }) => used >= hard);
  const ofPods = full.filter(({ resource }) => resource === "pods" || resource === "count/pods");
  const ofAccelerators = full.filter(({ resource }) => isAccelerator(resource));
  return [
    ...ofPods.map(({ name, hard, used }) => ({
      code: "quota-pods",
      text: `quota ${name} of namespace ${namespace} allows ${hard} pods, and ${used} are there`,
      hint: "Delete pods that are not needed, use another namespace, or have the quota raised.",
    })),
    ...ofAccelerators.map(({ name, resource, hard, used }) => ({
      code: "quota-accelerators",
      text: `quota ${name} of namespace ${namespace} allows ${hard} of ${resource}, and ${used} are used`,
      hint: "Scale models down that are not needed, use another namespace, or have the quota raised.",
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
