import type { InventoryProblem, UnreadPart } from "../inventory/types.ts";

const UNREAD: readonly UnreadPart[] = ["nodes", "pods", "quotas", "runtimes"];
const OF_LIMITS = /^(quota|limit)/;
const OF_RUNTIMES = /^toleration/;

/**
 * The same order whatever answered first: what could not be read, then what is wrong with nodes, limits and runtimes.
 * What is wrong with nodes stays in their order.
 */
export const inProblemOrder = (problems: readonly InventoryProblem[]): InventoryProblem[] =>
  [...problems].sort((a, b) => rankOf(a) - rankOf(b) || (a.unread === undefined ? 0 : byText(a, b)));

function rankOf({ code, unread }: InventoryProblem): number {
  if (unread !== undefined) return UNREAD.indexOf(unread);
  const part = OF_LIMITS.test(code) ? 1 : OF_RUNTIMES.test(code) ? 2 : 0;
  return UNREAD.length + part;
}

const byText = (a: InventoryProblem, b: InventoryProblem): number =>
  a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
