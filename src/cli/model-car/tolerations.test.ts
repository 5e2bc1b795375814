import { expect, test } from "bun:test";
import { UsageError } from "../../base/errors.ts";
import { tolerationsOf } from "./tolerations.ts";

test("--toleration is a key, or all that a taint is", () => {
  expect(tolerationsOf(["nvidia.com/gpu", "team=a:NoSchedule"])).toMatchObject([
    { key: "nvidia.com/gpu", operator: "Exists", effect: undefined },
    { key: "team", operator: "Equal", value: "a", effect: "NoSchedule" },
  ]);
});

test("what is no taint is told with how it is written", () => {
  expect(() => tolerationsOf(["nvidia.com/gpu:Never"])).toThrow(UsageError);
  expect(() => tolerationsOf(["a b"])).toThrow('--toleration: "a b" is no taint');
});
