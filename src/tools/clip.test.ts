import { expect, test } from "bun:test";
import fc from "fast-check";
import { clip, clipFrom } from "./clip.ts";

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

test("read on from where each part says, and the whole text comes", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.integer({ min: 2, max: 50 }),
      (text, max) => {
        let whole = "";
        for (let start = 0; ; ) {
          let next: number | undefined;
          const part = clipFrom(text, start, max, (at) => {
            next = at;
            return "more";
          });
          if (next === undefined) return whole + part === text;
          whole += part.slice(0, next - start);
          start = next;
        }
      },
    ),
  );
});
