import { expect, test } from "bun:test";
import { labelIndex } from "./label-index.ts";

test("names stand for their place, numbers for themselves", () => {
  expect(labelIndex(["cat", "dog", "frog"], 3)("dog")).toBe(1);
  expect(labelIndex(["7", "207", "0012"], 1000)("0012")).toBe(12);
});

test("labels of other classes than the model's are refused", () => {
  expect(() => labelIndex(["cat", "dog"], 10)).toThrow(
    "the labels do not match the model: there are 2, and it tells 10 classes apart",
  );
  expect(() => labelIndex(["7", "1000"], 1000)).toThrow("do not match");
  expect(() => labelIndex(["cat", "dog"], 2)("bird")).toThrow('there is no class "bird"');
});

test("a long list is clipped", () => {
  const labels = Array.from({ length: 30 }, (_, i) => `class${i}`);
  expect(() => labelIndex(labels, 5)).toThrow(
    expect.objectContaining({ where: expect.stringContaining("and 20 more") }),
  );
});
