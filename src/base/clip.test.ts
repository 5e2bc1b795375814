import { expect, test } from "bun:test";
import fc from "fast-check";
import { clip, oneLine, shorten } from "./clip.ts";

test("never cuts a character in half", () => {
  expect(clip("ab😀", 3)).toBe("ab");
  expect(clip("ab😀", 4)).toBe("ab😀");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, max) => {
      const cut = clip(text, max);
      return (
        cut.isWellFormed() &&
        text.startsWith(cut) &&
        cut.length <= max &&
        cut.length >= Math.min(max - 1, text.length)
      );
    }),
  );
});

test("what is shortened says so, and is no longer than it may be", () => {
  expect(shorten("abc", 3)).toBe("abc");
  expect(shorten("abcd", 3)).toBe("ab…");
  expect(shorten("a😀b", 3)).toBe("a…");
});

test("what others said is one line", () => {
  expect(oneLine("  no such\n\tmodel \n", 40)).toBe("no such model");
  expect(oneLine("no such\nmodel", 6)).toBe("no suc");
});
