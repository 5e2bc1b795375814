import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { toError } from "./errors.ts";
import { systemReason } from "./system-error.ts";

const failure = (doing: Promise<unknown>): Promise<Error> =>
  doing.then(() => {
    throw new Error("it did not fail");
  }, toError);

test("what the system says is told in words", async () => {
  expect(systemReason(await failure(readFile("/nowhere/at/all")))).toBe("there is no such file or folder");
  expect(systemReason(await failure(readFile("/")))).toBe("it is a folder");
  expect(systemReason(await failure(fetch("http://127.0.0.1:1/")))).toBe("the connection was refused");
});

test("anything else has no words", () => {
  for (const code of ["EWHATEVER", "constructor", "toString"]) {
    expect(systemReason(Object.assign(new Error("x"), { code }))).toBeUndefined();
  }
  expect(systemReason(new Error("x"))).toBeUndefined();
  expect(systemReason(undefined)).toBeUndefined();
});
