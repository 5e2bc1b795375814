import type { GpuVendor } from "../gpus/types.ts";
import { EFFECTS, toleratedText } from "../inventory/tolerations.ts";
import type { InventoryProblem, Toleration } from "../inventory/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";
import { acceleratorKind } from "./accelerators.ts";
import type { ProfileObject, TolerationObject } from "./objects.ts";
import type { RuntimeImage } from "./types.ts";

/** As the API has it; one with an operator or an effect that is not known tolerates nothing that we could tell. */
export function readToleration({ key, operator, value, effect }: TolerationObject): Toleration[] {
  const known = EFFECTS.find((each) => each === effect);
  if (effect !== undefined && effect !== "" && known === undefined) return [];
  if (operator !== undefined && operator !== "" && operator !== "Equal" && operator !== "Exists") return [];
  return [
    {
      key: key === "" ? undefined : key,
      operator: operator === "Exists" ? "Exists" : "Equal",
      value: value === "" ? undefined : value,
      effect: known,
    },
  ];
}

/** What a cluster has to serve with. */
export interface Runtimes {
  images: readonly RuntimeImage[];
  profiles: readonly ProfileObject[];
}

/** Which of the cluster's runtimes a pod will have. */
interface ChosenRuntime {
  /** The cluster's own for its accelerators. */
  chosen: RuntimeImage | undefined;
  /** What the user names; an image that is none of the cluster's brings no toleration that is known. */
  named: RuntimeVersion | undefined;
  vendor: GpuVendor | undefined;
}

/**
 * What the pod of a model tolerates: what its one runtime does, and what its one profile does. Where several profiles
 * give out the accelerators, a user chooses one of them: only what all tolerate is sure.
 */
export function servingTolerations(
  { images, profiles }: Runtimes,
  { chosen, named, vendor }: ChosenRuntime,
): { tolerations: Toleration[]; problems: InventoryProblem[] } {
  const runtime =
    named?.image === undefined ? chosen : images.find((one) => one.runtime.image === named.image);
  const chooseable = profiles
    .filter((profile) => givesOut(profile, vendor))
    .map(({ metadata: { name }, spec }) => ({
      name,
      tolerations: [...(spec.tolerations ?? []), ...(spec.scheduling?.node?.tolerations ?? [])].flatMap(
        readToleration,
      ),
    }));
  const [first, ...others] = chooseable;
  const everywhere = (first?.tolerations ?? []).filter((one) =>
    others.every(({ tolerations }) => tolerations.some((other) => same(one, other))),
  );
  const differ = chooseable.some(({ tolerations }) => tolerations.length > everywhere.length);
  return {
    tolerations: [...(runtime?.tolerations ?? []), ...everywhere],
    problems: differ ? [differing(chooseable)] : [],
  };
}

const same = (a: Toleration, b: Toleration): boolean => toleratedText(a) === toleratedText(b);

/** Whether a pod of this profile may ask for the accelerators; one that names nothing may be for any. */
function givesOut({ spec }: ProfileObject, vendor: GpuVendor | undefined): boolean {
  if (spec.enabled === false) return false;
  const named = [
    ...(spec.identifiers ?? []).map(({ identifier }) => identifier),
    spec.identifier ?? [],
  ].flat();
  const kinds = named.flatMap((resource) => acceleratorKind(resource)?.vendor ?? []);
  return named.length === 0 || (vendor === undefined ? kinds.length > 0 : kinds.includes(vendor));
}

const differing = (profiles: readonly { name: string; tolerations: Toleration[] }[]): InventoryProblem => ({
  code: "tolerations-differ",
  text: `the profiles tolerate different taints (${profiles
    .map(({ name, tolerations }) => `${name}: ${tolerations.map(toleratedText).join(", ") || "none"}`)
    .join("; ")}): only what all of them tolerate is counted`,
  hint: "Name by --toleration what the profile that you will choose tolerates.",
});
