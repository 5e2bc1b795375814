import { expect, test } from "bun:test";
import { parseToleration, taintText, toleratedText, tolerates } from "./tolerations.ts";
import type { Taint, Toleration } from "./types.ts";

const taint = (text: string): Taint => {
  const [, key = "", value, effect] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(text) ?? [];
  return { key, value, effect: effect as Taint["effect"] };
};
const toleration = (over: Partial<Toleration>): Toleration => ({
  ...{ key: "gpu", operator: "Equal", value: undefined, effect: undefined },
  ...over,
});

test.each([
  [{}, "gpu:NoSchedule", true],
  [{}, "gpu=a100:NoSchedule", false],
  [{ value: "a100" }, "gpu=a100:NoSchedule", true],
  [{ value: "a100" }, "gpu=h100:NoSchedule", false],
  [{ operator: "Exists" }, "gpu=h100:NoExecute", true],
  [{ operator: "Exists" }, "other=h100:NoExecute", false],
  [{ operator: "Exists", effect: "NoSchedule" }, "gpu=h100:NoExecute", false],
  [{ operator: "Exists", effect: "NoExecute" }, "gpu=h100:NoExecute", true],
  [{ key: undefined, operator: "Exists" }, "whatever=x:NoSchedule", true],
  [{ key: undefined, operator: "Exists", effect: "NoExecute" }, "whatever=x:NoSchedule", false],
  [{ key: undefined }, "whatever:NoSchedule", false],
] as const)("%j against %s: %p", (over, written, expected) => {
  expect(tolerates([toleration(over)], taint(written))).toBe(expected);
  expect(taintText(taint(written))).toBe(written);
});

test("none tolerates nothing, one of several is enough", () => {
  const gpu = taint("gpu=a:NoSchedule");
  expect(tolerates([], gpu)).toBe(false);
  expect(tolerates([toleration({ value: "b" }), toleration({ value: "a" })], gpu)).toBe(true);
});

test("as they are written on a command line", () => {
  const read = (text: string): string | undefined => {
    const parsed = parseToleration(text);
    return parsed && `${parsed.operator} ${toleratedText(parsed)}`;
  };
  expect(["gpu", "gpu=a", "nvidia.com/gpu=true:NoSchedule", "gpu:NoExecute"].map(read)).toEqual([
    "Exists gpu",
    "Equal gpu=a",
    "Equal nvidia.com/gpu=true:NoSchedule",
    "Exists gpu:NoExecute",
  ]);
  expect(["", "a b", "gpu:Sometimes", "=x"].map(read)).toEqual([undefined, undefined, undefined, undefined]);
});
