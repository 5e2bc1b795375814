import { VENDOR_NAMES } from "../gpus/vendor-names.ts";
import { tolerating, withRelease } from "../inventory/serving.ts";
import { taintText, tolerationOf } from "../inventory/tolerations.ts";
import type { Inventory, Taint } from "../inventory/types.ts";
import { compareVersions } from "../runtime/version.ts";
import { type Excluded, firstOfEach } from "./pools.ts";
import { raised, taken } from "./quota.ts";
import { type Question, type Step, step } from "./step.ts";
import { byVerdict, type Tried } from "./trial.ts";

/** A release in which all that is missing from this one is there. */
export function releaseSteps({ tried, inventory, now }: Question): Step[] {
  const late = now.reasons.filter(({ kind, release }) => kind === "blocks" && release !== undefined);
  const [first, ...rest] = late;
  if (first === undefined) return [];
  const { vendor } = now.candidate.pool;
  const whose = inventory.otherServing && vendor ? ` (the runtime for ${VENDOR_NAMES[vendor]})` : "";
  const last = rest.reduce((a, b) => (compareVersions(b.release!, a.release!) > 0 ? b : a), first);
  return [
    step(tried, withRelease(inventory, vendor, last.release), () => ({
      ...{ kind: "runtime", what: "vLLM", value: last.release, why: `${last.text}${whose}` },
    })),
  ];
}

/** Quotas that allow what the model asks for, then what it asks for over more devices. */
export function quotaSteps({ tried, inventory, now }: Question, sizes: readonly number[]): Step[] {
  const { resource } = now.candidate.pool;
  const { quotas } = inventory;
  return [now.gpus, ...sizes.filter((size) => size > now.gpus)].flatMap((gpus) => {
    const more = raised(quotas, quotas, (quota) => taken(quota, resource, gpus));
    if (more === undefined) return [];
    const why = "raised by so much it lets the pod in";
    return step(tried, { ...inventory, quotas: more.quotas }, () => ({
      ...{ kind: "cluster", what: "quota", value: more.value, why },
    }));
  });
}

/** The tolerations with which a pod gets the devices of a node that was left out, the best devices first. */
export function tolerationSteps(tried: Tried, inventory: Inventory, excluded: readonly Excluded[]): Step[] {
  const textOf = (taints: readonly Taint[]): string => taints.map(taintText).join(", ");
  const tainted = excluded.filter(({ taints }) => taints.length > 0);
  return firstOfEach(tainted, ({ taints }) => textOf(taints))
    .map(({ node, taints }) => {
      const why = `with it the pod may run on ${node}`;
      return step(tried, tolerating(inventory, taints.map(tolerationOf)), () => ({
        ...{ kind: "cluster", what: "toleration", value: textOf(taints), why },
      }));
    })
    .filter(({ trials }) => trials().length > 0)
    .sort((a, b) => byVerdict(a.trials()[0]!, b.trials()[0]!));
}

/** An image for the processors of the node. */
export function imageSteps({ tried, inventory, now }: Question): Step[] {
  const { architecture } = now.candidate.node;
  const { container } = tried.facts;
  if (architecture === undefined || container === undefined) return [];
  const { architectures } = container;
  if (architectures.length === 0 || architectures.includes(architecture)) return [];
  const other = { ...container, architectures: [...architectures, architecture] };
  const why = `an image of this model that is also built for ${architecture}`;
  return [
    step({ ...tried, facts: { ...tried.facts, container: other } }, inventory, () => ({
      ...{ kind: "model", what: "image", value: `linux/${architecture}`, why },
    })),
  ];
}
