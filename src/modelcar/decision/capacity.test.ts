import { describe, expect, test } from "bun:test";
import { inventoryOf, needOf } from "../cases/cases.fixture.ts";
import type {
  Inventory,
  InventoryProblem,
  Quota,
  Taint,
  Toleration,
  UnreadPart,
} from "../inventory/types.ts";
import { decide } from "./decide.ts";
import type { Decision, ModelNeed } from "./types.ts";

const SMALL = ["--max-model-len=8192"];
const need = (args: string[] = [], name = "a"): ModelNeed =>
  needOf({ name, model: "llama-3.1-8b", args: [...SMALL, ...args], gpus: "" });
const machines = (gpus: string, over: Partial<Inventory> = {}, vllm = "0.11.0"): Inventory => ({
  ...inventoryOf({ gpus, vllm }),
  ...over,
});
const told = ({ verdict, models, reasons }: Decision): unknown[] => [
  verdict,
  ...[...models.flatMap((one) => one.reasons), ...reasons]
    .filter(({ kind }) => kind !== "note")
    .map(({ kind, code }) => `${kind} ${code}`),
];

test("an argument that Kubernetes refuses is a NO-GO of its model, and no edit is offered for it", () => {
  const one = need();
  const bad = { ...one, entry: { ...one.entry, unquoted: ["args[1] on line 7 is a number"] } };
  const { models } = decide([bad, need([], "b")], machines("2x H100"));
  expect(models.map(({ verdict }) => verdict)).toEqual(["NO-GO (unsupported)", "GO"]);
  expect(models[0]).toMatchObject({ reasons: [{ code: "argument-type" }, {}], nearest: [] });
});

test("nodes that have enough only together are told as not judged", () => {
  const text = (gpus: string) =>
    decide([need(["-tp=4"])], machines(gpus)).models[0]?.reasons.find(({ code }) => code === "gpu-count")
      ?.text;
  expect(text("2x 2x H100")).toEndWith("has 2; whether it runs over several nodes is not judged");
  expect(text("2x H100")).toEndWith("has 2");
});

describe("what could not be read", () => {
  const unread = (part: UnreadPart, text: string): InventoryProblem => ({
    ...{ code: "denied", text, hint: undefined, unread: part },
  });
  const without = (...problems: InventoryProblem[]): Inventory =>
    machines("H100", { complete: false, problems });

  test("quotas may refuse the pod: no GO", () => {
    const decision = decide([need()], without(unread("quotas", "not allowed to list resourcequotas")));
    expect(told(decision)).toEqual(["UNKNOWN", "unknown quota-unread"]);
    expect(decision.models[0]?.reasons[0]?.text).toBe(
      "whether the namespace lets the pod in is not known: not allowed to list resourcequotas",
    );
  });

  test("runtimes may be of another release: a GO that says so", () => {
    const runtimes = [unread("runtimes", "no templates"), unread("runtimes", "no serving runtimes")];
    const decision = decide([need()], machines("H100", { problems: runtimes }));
    expect(told(decision)).toEqual(["GO", "warning runtime-unread"]);
    expect(decision.models[0]?.reasons[0]?.text).toEndWith(": no templates; no serving runtimes");
  });

  test("nodes take nothing from those that were read, and might be what a NO-GO misses", () => {
    const nodes = unread("nodes", "item 3 is not as the API has it");
    expect(told(decide([need()], without(nodes)))).toEqual(["GO"]);
    const large = needOf({ name: "large", model: "llama-3.1-405b", gpus: "" });
    expect(told(decide([large], without(nodes)))).toContain("warning nodes-unread");
  });

  test("something that is not told is taken for the worst", () => {
    expect(told(decide([need()], without()))).toEqual(["UNKNOWN", "unknown inventory-incomplete"]);
  });
});

describe("quotas", () => {
  const quota = (over: Partial<Quota>): Quota => ({
    ...{ name: "q", resource: "requests.nvidia.com/gpu", hard: 2, used: 0 },
    ...over,
  });

  test("what one pod may have does not add up over models", () => {
    const quotas = [quota({ per: "pod" })];
    expect(
      told(decide([need(["-tp=2"], "a"), need(["-tp=2"], "b")], machines("4x H100", { quotas }))),
    ).toEqual(["GO"]);
    expect(told(decide([need(["-tp=4"])], machines("4x H100", { quotas })))).toEqual([
      "NO-GO",
      "blocks quota",
    ]);
  });

  test("hardware more never makes it worse: what a quota holds back goes elsewhere", () => {
    const quotas = [quota({ hard: 1 })];
    const two = [need([], "a"), need([], "b")];
    expect(decide(two, machines("L40S, MI300X", { quotas })).verdict).toBe("GO");
    expect(decide(two, machines("L40S, L40S, MI300X", { quotas })).verdict).toBe("GO");
  });

  test("of pods, and of what every pod takes", () => {
    expect(
      told(decide([need()], machines("H100", { quotas: [quota({ resource: "pods", used: 2 })] }))),
    ).toEqual(["NO-GO", "blocks quota"]);
    const memory = quota({ resource: "limits.memory", hard: 64, used: 64 });
    expect(told(decide([need()], machines("H100", { quotas: [memory] })))).toEqual(["NO-GO", "blocks quota"]);
    expect(decide([need()], machines("H100", { quotas: [{ ...memory, used: 1 }] })).verdict).toBe("GO");
  });

  test("all models together, in words", () => {
    const [reason] = decide(
      [need([], "a"), need([], "b"), need([], "c")],
      machines("4x H100", { quotas: [quota({})] }),
    ).reasons;
    expect(reason).toMatchObject({
      kind: "blocks",
      text: "quota q allows 2 of nvidia.com/gpu; 0 are used and all models together ask for 3",
    });
  });
});

describe("taints", () => {
  const on = (taint: Taint, toleration: Partial<Toleration>): string => {
    const inventory = machines("H100");
    inventory.nodes[0]!.taints = [taint];
    const one = { key: undefined, operator: "Equal", value: undefined, effect: undefined, ...toleration };
    return decide([need()], { ...inventory, tolerations: [one as Toleration] }).verdict;
  };
  const taint: Taint = { key: "nvidia.com/gpu", value: "a100", effect: "NoSchedule" };

  test("by key, value and effect, as Kubernetes compares them", () => {
    expect(on(taint, { key: "nvidia.com/gpu", value: "a100" })).toBe("GO");
    expect(on(taint, { key: "nvidia.com/gpu", value: "h100" })).toBe("NO-GO");
    expect(on(taint, { key: "nvidia.com/gpu", operator: "Exists", effect: "NoExecute" })).toBe("NO-GO");
    expect(on(taint, { operator: "Exists" })).toBe("GO");
  });
});

describe("all together, what is unknown apart", () => {
  test("a way that rests on what is not known is UNKNOWN, not NO-GO", () => {
    const both = [need([], "a"), need([], "b")];
    const inventory = machines("L40S, L40S");
    inventory.nodes[1]!.pools[0]!.type = undefined;
    const decision = decide(both, inventory);
    expect(decision.models.map(({ verdict }) => verdict)).toEqual(["GO", "GO"]);
    expect([decision.verdict, decision.reasons[0]?.kind]).toEqual(["UNKNOWN", "unknown"]);
    expect(decision.together.fits).toBe(false);
  });
});

describe("the release", () => {
  test("one that is newer than the rules is told on every verdict", () => {
    expect(told(decide([need()], machines("H100", {}, "0.31.0")))).toEqual(["GO", "warning runtime-newer"]);
    expect(told(decide([need()], machines("H100", {}, "0.30.0")))).toEqual(["GO"]);
    expect(told(decide([need()], machines("H100", {}, "0.30.0.post1")))).toEqual(["GO"]);
  });
});
