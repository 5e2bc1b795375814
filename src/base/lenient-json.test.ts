import { expect, test } from "bun:test";
import { fields, flagOf, listOf, numberOf, textOf, textsOf } from "./lenient-json.ts";

test("what has the wrong type counts as absent", () => {
  for (const none of [undefined, null, 5, "text", [1]]) expect(fields(none)).toEqual({});
  expect(fields({ a: 1 })).toEqual({ a: 1 });
  expect([numberOf(2), numberOf(0), numberOf(-1), numberOf(Number.NaN), numberOf("2")]).toEqual([
    ...[2, undefined, undefined, undefined, undefined],
  ]);
  expect([textOf("a"), textOf(1), flagOf(false), flagOf("false")]).toEqual([
    "a",
    undefined,
    false,
    undefined,
  ]);
  expect(textsOf(["a", 1, "b"])).toEqual(["a", "b"]);
  expect(textsOf("a")).toEqual([]);
  expect(listOf({ a: [], b: ["x"], c: ["y"] }, "a", "b", "c")).toEqual(["x"]);
});
