import { expect, test } from "bun:test";
import { PlanError } from "./plan-error.ts";

test("one problem reads like any error", () => {
  const error = new PlanError([{ agent: "a", message: "it is too large", hint: "Make it smaller." }]);
  expect([error.message, error.hint, error.exitCode]).toEqual(["a: it is too large", "Make it smaller.", 1]);
});

test("several are told at once, each with its remedy", () => {
  const problems = [
    { agent: "a", message: "it is too large", hint: "Make it smaller." },
    { message: "there is no broker", hint: "Name one." },
  ];
  const error = new PlanError(problems);
  expect(error.message).toBe(`2 things are in the way:

  a: it is too large
    hint: Make it smaller.

  there is no broker
    hint: Name one.`);
  expect(error.hint).toBeUndefined();
  expect(error.problems).toEqual(problems);
});
