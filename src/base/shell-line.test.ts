import { expect, test } from "bun:test";
import fc from "fast-check";
import { shellLine, shellWord } from "./shell-line.ts";

test("plain words need no quotes", () => {
  expect(shellLine(["kubectl", "apply", "-f=a/b.yaml", "x@y:1"])).toBe("kubectl apply -f=a/b.yaml x@y:1");
});

test("anything else is quoted", () => {
  expect(shellWord("")).toBe("''");
  expect(shellWord("it's")).toBe(`'it'\\''s'`);
  expect(shellWord("$(rm) {{x}}")).toBe("'$(rm) {{x}}'");
});

test("a shell reads back what was written", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", "'", '"', "\\", "$", "`", "\n", " ", "é", "*", "~", "!"),
  });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
      const { stdout } = Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${shellLine(words)}`]);
      expect(stdout.toString().split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 30 },
  );
});
