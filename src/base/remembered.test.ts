import { expect, test } from "bun:test";
import { remembered } from "./remembered.ts";

test("an answer is worked out once, and forgotten when there are too many after it", () => {
  const asked: string[] = [];
  const length = remembered(2, (text) => {
    asked.push(text);
    return text === "" ? undefined : text.length;
  });
  expect(["a", "", "a", ""].map(length)).toEqual([1, undefined, 1, undefined]);
  expect(asked).toEqual(["a", ""]);
  expect(["bb", "", "a"].map(length)).toEqual([2, undefined, 1]);
  expect(asked).toEqual(["a", "", "bb", "a"]);
});
