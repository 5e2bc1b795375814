import { reason } from "../compatibility/context.ts";
import type { Reason } from "../compatibility/types.ts";
import type { Inventory, InventoryProblem, UnreadPart } from "../inventory/types.ts";

/**
 * What could not be read, by what it may do to a pod that all else speaks for. A quota or limit range may refuse it: then
 * nothing is a GO. A runtime of the namespace may carry another vLLM than the one that was decided for: a warning. Nodes
 * and pods are not here: a node that was not read takes nothing from those that were, and of pods that were not listed
 * each node says so itself.
 */
export function unreadReasons({ problems, complete }: Inventory): Reason[] {
  const told = problems.filter(({ unread }) => unread !== undefined);
  const texts = (part: UnreadPart): string[] =>
    told.filter(({ unread }) => unread === part).map(({ text }) => text);
  if (!complete && told.length === 0)
    return [reason("unknown", "inventory-incomplete", "not all of the machines' limits could be read")];
  return [
    ...texts("quotas").map((text) =>
      reason("unknown", "quota-unread", `whether the namespace lets the pod in is not known: ${text}`),
    ),
    ...warning("runtime-unread", "a runtime with another vLLM may serve the model", texts("runtimes")),
  ];
}

const warning = (code: string, what: string, texts: readonly string[]): Reason[] =>
  texts.length === 0 ? [] : [reason("warning", code, `${what}: ${texts.join("; ")}`)];

/** Why no GPU is known where nodes could not be read; undefined: some are known, or there are none. */
export const unknownGpus = ({
  nodes,
  problems,
}: Pick<Inventory, "nodes" | "problems">): InventoryProblem | undefined =>
  nodes.some(({ pools }) => pools.length > 0) ? undefined : problems.find(({ unread }) => unread === "nodes");

/** What to do about that, for people. */
export const UNKNOWN_GPUS_HINT =
  "Name the GPUs by --gpus, or ask an administrator for what 'agent2389 model-car accelerators --json' prints for them, and give it by --inventory.";

/** The decisive reason where there is no device that a pod could get. */
export function noGpus(inventory: Inventory): Reason {
  const unread = unknownGpus(inventory);
  if (unread !== undefined)
    return reason(
      "unknown",
      "nodes-unread",
      `no GPU is known: ${unread.text}; name the GPUs, or give an inventory saved by someone who may list nodes`,
    );
  const kind = inventory.complete ? "blocks" : "unknown";
  return reason(kind, "no-gpus", "the inventory has no GPU that a pod could get");
}

/** What is said beside a verdict that is no GO: it might be one on what was not read. */
export const unreadNodes = ({ problems }: Inventory): Reason[] =>
  warning(
    "nodes-unread",
    "there may be nodes that are not known",
    problems.filter(({ unread }) => unread === "nodes").map(({ text }) => text),
  );
