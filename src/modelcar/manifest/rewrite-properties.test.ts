import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseDocument } from "yaml";
import { parseModelCar } from "./parse.ts";
import { argsArbitrary, fileArbitrary } from "./rewrite.fixture.ts";
import { rewriteArguments } from "./rewrite.ts";

interface Serving {
  args?: string[] | null;
  gpu_count?: number;
}
interface Entry {
  name: string;
  serving_arguments?: Serving | null;
}

/** What each model has, read by the YAML library alone: its arguments, and all else. */
function dataOf(text: string) {
  const document = parseDocument(text, { merge: true });
  expect(document.errors).toEqual([]);
  const data = document.toJS() as { "model-car": Entry[]; default?: { serving_arguments?: Serving } };
  return data["model-car"].map(({ serving_arguments: own, ...rest }) => {
    const { args, gpu_count, ...others } = (own === undefined ? data.default?.serving_arguments : own) ?? {};
    return { name: rest.name, rest, others, args: args ?? [], gpuCount: gpu_count };
  });
}

const change = fc.record({
  args: fc.option(argsArbitrary, { nil: undefined }),
  gpuCount: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
  remove: fc.constantFrom(false, false, false, true),
});

const commentsOf = (text: string): string[] =>
  text.match(/# (above|beside|serving|list|item|over|count|head|shared|of)\b[^\r\n(]*/g) ?? [];

test("the generated file has what was asked for of every model, and all else as it was (property)", () => {
  fc.assert(
    fc.property(
      fileArbitrary,
      fc.array(change, { minLength: 5, maxLength: 5 }),
      ({ text, count }, wishes) => {
        const car = parseModelCar(text, "car.yaml");
        const changes = wishes.slice(0, count).map(({ args, gpuCount, remove }, i) => ({
          ...{ name: `m${i}`, remove: remove && i !== count - 1 },
          ...(args !== undefined && { args }),
          ...(gpuCount !== undefined && { gpuCount }),
        }));
        const once = rewriteArguments(car, changes);
        const expected = dataOf(text).flatMap((model, i) => {
          const { remove, args = model.args, gpuCount = model.gpuCount } = changes[i]!;
          return remove ? [] : [{ ...model, args, gpuCount }];
        });
        expect(dataOf(once)).toEqual(expected);
        expect(car.text).toBe(text);
        const gone = changes.filter(({ remove }) => remove).map(({ name }) => name.slice(1));
        for (const comment of commentsOf(text))
          if (!gone.includes(/(\d+)/.exec(comment)?.[1] ?? "")) expect(once).toContain(comment.trimEnd());
        const after = parseModelCar(once, "car.yaml");
        expect(
          rewriteArguments(
            after,
            changes.filter(({ remove }) => !remove),
          ),
        ).toBe(once);
        expect(once.includes("\r\n")).toBe(text.includes("\r\n"));
        if (text.includes("\r\n")) expect(once).not.toMatch(/[^\r]\n/);
        expect(once.endsWith("\n")).toBe(text.endsWith("\n"));
        expect(once.startsWith("\uFEFF")).toBe(text.startsWith("\uFEFF"));
      },
    ),
    { numRuns: 400 },
  );
});
