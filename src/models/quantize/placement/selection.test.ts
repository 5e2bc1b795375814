import { expect, test } from "bun:test";
import { modelOf, node, weight } from "../../onnx/model-of.fixture.ts";
import { CPU_PROFILE } from "../profiles.ts";
import { quantize } from "../quantize.ts";
import type { Ranges, Selection } from "../types.ts";
import { scaleGroups } from "./scale-groups.ts";

const model = modelOf({
  inputs: { x: [1, 8, 5, 5] },
  outputs: { y: [1, 8] },
  nodes: [
    node("Conv", ["x", "w"], ["a"], {}, "stem.conv"),
    node("Relu", ["a"], ["b"], {}, "stem.relu"),
    node("Conv", ["b", "w"], ["c"], {}, "head.conv"),
    node("Flatten", ["c"], ["d"], {}, "head.flat"),
    node("Gemm", ["d", "g"], ["y"], {}, "head[1].linear"),
  ],
  weights: [weight("w", [8, 8, 3, 3], 1), weight("g", [8, 4], 2)],
});
const ranges: Ranges = new Map(["x", "a", "b", "c", "d", "y"].map((name) => [name, { min: -1, max: 1 }]));
const chosen = (selection: Selection) =>
  quantize(model, ranges, CPU_PROFILE, selection).layers.map(({ name, precision, reason }) =>
    [name, precision, ...(reason ? [reason] : [])].join(": "),
  );

test.each<[string, Selection, string[]]>([
  ["nothing", {}, ["stem.conv: int8", "head.conv: int8", "head[1].linear: int8"]],
  [
    "a name",
    { exclude: ["stem.conv"] },
    ["stem.conv: float: excluded", "head.conv: int8", "head[1].linear: int8"],
  ],
  [
    "a pattern",
    { exclude: ["head*"] },
    ["stem.conv: int8", "head.conv: float: excluded", "head[1].linear: float: excluded"],
  ],
  [
    "an operator",
    { exclude: ["Gemm"] },
    ["stem.conv: int8", "head.conv: int8", "head[1].linear: float: excluded"],
  ],
  [
    "only some",
    { only: ["*.conv"], exclude: ["head.conv"] },
    ["stem.conv: int8", "head.conv: float: excluded", "head[1].linear: float: not among those to quantize"],
  ],
  [
    "exact names",
    { keep: new Set(["head.conv"]) },
    ["stem.conv: int8", "head.conv: float: kept for the accuracy of the whole", "head[1].linear: int8"],
  ],
])("selects by %s", (_, selection, expected) => {
  expect(chosen(selection)).toEqual(expected);
});

test("characters of a pattern other than * stand for themselves", () => {
  expect(chosen({ exclude: ["head[1].linear"] })[2]).toBe("head[1].linear: float: excluded");
  expect(() => chosen({ exclude: ["head.1..linear"] })).toThrow(
    /no node and no operator "head\.1\.\.linear"/,
  );
});

test("a name that nothing has is refused, with the one that was probably meant", () => {
  const refusal = (selection: Selection) => {
    try {
      chosen(selection);
    } catch (thrown) {
      return [(thrown as Error).message, (thrown as { hint?: string }).hint];
    }
  };
  expect(refusal({ only: ["head.konv"] })).toEqual([
    'the model has no node and no operator "head.konv"',
    'Did you mean "head.conv"?',
  ]);
  expect(refusal({ exclude: ["zzzzzzz"] })).toEqual([
    'the model has no node and no operator "zzzzzzz"',
    "Its operators are Conv, Flatten, Gemm, Relu.",
  ]);
});

test("groups are the same for all that were joined, directly or not", () => {
  const groups = scaleGroups();
  groups.join("a", "b");
  groups.join("c", "d");
  groups.join("d", "b");
  expect(new Set(["a", "b", "c", "d"].map(groups.rootOf)).size).toBe(1);
  expect(groups.rootOf("e")).toBe("e");
});
