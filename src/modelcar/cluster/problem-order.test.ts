import { expect, test } from "bun:test";
import type { InventoryProblem } from "../inventory/types.ts";
import { inProblemOrder } from "./problem-order.ts";

const problem = (code: string, text: string, unread?: InventoryProblem["unread"]): InventoryProblem => ({
  ...{ code, text, hint: undefined },
  ...(unread !== undefined && { unread }),
});

test("whatever answers first, problems are told in one order: what was not read, nodes as they are, limits, runtimes", () => {
  const ordered = [
    problem("list-nodes-denied", "nodes", "nodes"),
    problem("list-limitranges-denied", "a limit", "quotas"),
    problem("list-resourcequotas-denied", "b quota", "quotas"),
    problem("list-servingruntimes-denied", "runtimes", "runtimes"),
    problem("node-not-ready", "node z"),
    problem("node-cordoned", "node z"),
    problem("devices-unhealthy", "node a"),
    problem("quota-pods", "pods"),
    problem("tolerations-differ", "profiles"),
  ];
  const nodes = ordered.slice(4, 7);
  const others = ordered.filter((one) => !nodes.includes(one));
  for (const arrived of [
    ordered,
    [...others, ...nodes],
    [...nodes, ...others.toReversed()],
    [...others.toReversed(), ...nodes],
  ])
    expect(inProblemOrder(arrived)).toEqual(ordered);
});
