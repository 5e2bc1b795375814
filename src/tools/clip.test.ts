import { test } from "bun:test";
import fc from "fast-check";
import { clipFrom } from "./clip.ts";

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
