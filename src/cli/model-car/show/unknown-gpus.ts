import { UNKNOWN_GPUS_HINT, unknownGpus } from "../../../modelcar/decision/unread.ts";
import type { Inventory } from "../../../modelcar/inventory/types.ts";
import { hintLine, type Output } from "../../terminal/streams.ts";

/** Tells what to do where no GPU of a cluster is known, or not which are free: its nodes or its pods could not be read. */
export function hintUnknownGpus(inventory: Inventory | undefined, stderr: Output): void {
  const isHidden = inventory?.problems.some(({ unread }) => unread === "pods") ?? false;
  if (inventory === undefined || (unknownGpus(inventory) === undefined && !isHidden)) return;
  hintLine(stderr, UNKNOWN_GPUS_HINT);
}
