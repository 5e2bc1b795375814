import type { Inventory, InventoryProblem } from "../inventory/types.ts";
import type { CheckReport } from "../report/types.ts";

/** What is wrong with an inventory, and stands in none of the checks: those of a cluster tell what was refused themselves. */
export const untoldProblems = (
  { problems }: Inventory,
  checks: readonly CheckReport[],
): readonly InventoryProblem[] =>
  checks.length === 0 ? problems : problems.filter(({ code }) => !/-(denied|failed)$/.test(code));

/** A problem as a checklist has it: what it kept from being done, and what to do about it. */
export const problemCheck = ({ text, hint, unread }: InventoryProblem): [text: string, detail: string] => [
  unread === undefined ? "Look for what keeps GPUs from use" : "Read all of it",
  hint === undefined ? text : `${text}. ${hint}`,
];
