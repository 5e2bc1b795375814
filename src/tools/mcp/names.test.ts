import { expect, test } from "bun:test";
import fc from "fast-check";
import { isWanted, modelNames } from "./names.ts";

test("names get the prefix and only characters that LLM APIs take", () => {
  expect(modelNames(["search", "files.read", "a/b c"], "gh")).toEqual([
    "gh_search",
    "gh_files_read",
    "gh_a_b_c",
  ]);
  expect(modelNames(["search"], undefined)).toEqual(["search"]);
});

test("names that would be the same, or too long, end in a hash of the original", () => {
  const [dotted, slashed] = modelNames(["a.b", "a/b"], "s");
  expect(dotted).toMatch(/^s_a_b_[0-9a-f]{8}$/);
  expect(slashed).not.toBe(dotted);
  const [long] = modelNames(["x".repeat(100)], "s");
  expect(long).toMatch(/^s_x{53}_[0-9a-f]{8}$/);
});

test("any set of names gives as many different names that are valid", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1, maxLength: 90 })),
      fc.constantFrom("gh", undefined),
      (given, prefix) => {
        const names = modelNames(given, prefix);
        return (
          new Set(names).size === given.length && names.every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))
        );
      },
    ),
  );
});

test.each([
  ["search", undefined, [], true],
  ["search", ["search"], [], true],
  ["search", ["sea*"], [], true],
  ["search", ["*"], ["search"], false],
  ["search", ["sea"], [], false],
  ["search", [], [], false],
  ["a.b", ["a?b", "a.c"], [], false],
  ["axb", ["a.b"], [], false],
  ["research", ["*search"], ["re*h"], false],
])("%p with include %p and exclude %p: %p", (name, include, exclude, wanted) => {
  expect(isWanted(name, { include, exclude })).toBe(wanted);
});
