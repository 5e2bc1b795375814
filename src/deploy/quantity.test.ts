import { expect, test } from "bun:test";
import { gibibytes, mebibytes, quantityValue } from "./quantity.ts";

test.each([
  ["100m", 0.1],
  ["0.5", 0.5],
  ["2", 2],
  ["1K", 1000],
  ["1.5Ki", 1536],
  ["3M", 3e6],
  ["1Ti", 2 ** 40],
])("%s is %p", (quantity, value) => {
  expect(quantityValue(quantity)).toBeCloseTo(value, 9);
});

test("memory is counted in binary units", () => {
  expect(mebibytes("1Gi")).toBe(1024);
  expect(mebibytes("1048576")).toBe(1);
  expect(gibibytes("512Mi")).toBe(0.5);
});

test("anything else is a defect of ours: the schema lets none through", () => {
  expect(() => quantityValue("1Pi")).toThrow("not a quantity: 1Pi");
  expect(() => quantityValue("")).toThrow("not a quantity");
});
