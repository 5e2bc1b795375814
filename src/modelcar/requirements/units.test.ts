import { expect, test } from "bun:test";
import { countText } from "./units.ts";

test.each([
  [0, "0"],
  [532, "532"],
  [1_000, "1 thousand"],
  [97_800, "98 thousand"],
  [999_499, "999 thousand"],
  [999_500, "1 million"],
  [124_400_000, "124 million"],
  [999_499_999, "999 million"],
  [999_500_000, "1.00 billion"],
  [8_030_261_248, "8.03 billion"],
])("%d is told as %s", (count, text) => {
  expect(countText(count)).toBe(text);
});
