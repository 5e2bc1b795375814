import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseModelCar } from "./parse.ts";
import { type ModelChange, rewriteArguments } from "./rewrite.ts";

const rewritten = (text: string, ...changes: ModelChange[]): string =>
  rewriteArguments(parseModelCar(text, "car.yaml"), changes);

const FILE = `# the fleet

model-car:
- name: a # first
  image: oci://r/a:1
  serving_arguments:
    args:
    # how long
    - --max-model-len=2048 # short
    - "--served-model-name={{.Name}}"
    - --enforce-eager # slow
    gpu_count: 1

# the second
- name: b
  image: oci://r/b:1
  serving_arguments: {args: [--x], gpu_count: 2}
`;

test("changes what is asked, and not a character more", () => {
  const args = ["--max-model-len=1024", "--served-model-name={{.Name}}", "--enforce-eager", "--new"];
  expect(rewritten(FILE, { name: "a", args, gpuCount: 2 })).toBe(
    FILE.replace("2048", "1024")
      .replace("# slow", "# slow\n    - --new")
      .replace("gpu_count: 1", "gpu_count: 2"),
  );
  expect(rewritten(FILE)).toBe(FILE);
});

test("an argument that goes leaves its comments", () => {
  const text = rewritten(FILE, { name: "a", args: ["--served-model-name={{.Name}}"] });
  for (const comment of ["how long", "short", "slow", "(was at --enforce-eager)"])
    expect(text).toContain(comment);
  expect(parseModelCar(text, "").models[0]?.args).toEqual(["--served-model-name={{.Name}}"]);
});

test("models that are not deployed are left out", () => {
  const text = rewritten(FILE, { name: "a", remove: true });
  expect(parseModelCar(text, "").models.map(({ name }) => name)).toEqual(["b"]);
  expect(text).toContain("# the fleet");
});

test("shared blocks stay as they are for the others", () => {
  const shared = `model-car:
  - name: a
    image: x
    serving_arguments: &s
      args: &l [--a=1, --b]
      gpu_count: 1
  - name: b
    image: x
    serving_arguments: *s
  - name: c
    image: x
    serving_arguments:
      args: *l
`;
  const argsAfter = (...changes: ModelChange[]) =>
    parseModelCar(rewritten(shared, ...changes), "").models.map(({ args }) => args.join(" "));
  expect(argsAfter({ name: "a", args: ["--a=2"] })).toEqual(["--a=2", "--a=1 --b", "--a=1 --b"]);
  expect(argsAfter({ name: "b", args: ["--a=2"] })).toEqual(["--a=1 --b", "--a=2", "--a=1 --b"]);
  expect(argsAfter({ name: "c", args: ["--a=2"] })).toEqual(["--a=1 --b", "--a=1 --b", "--a=2"]);
  expect(argsAfter({ name: "a", remove: true })).toEqual(["--a=1 --b", "--a=1 --b"]);
});

// ---- properties

const arg = fc.constantFrom(
  "--a=1",
  "--a=2",
  "--b",
  "--c=x y",
  "--d={{.Name}}",
  "no",
  "1e3",
  "# not",
  "- dash",
  "",
  "é",
);
const list = fc.array(arg, { maxLength: 5 });
const comment = fc.constantFrom("", " # note", " # other: note");
interface Model {
  args: string[];
  comments: string;
  shape: "own" | "anchor" | "alias" | "flow" | "none" | "default";
}
const model: fc.Arbitrary<Model> = fc.record({
  args: list,
  comments: comment,
  shape: fc.constantFrom<Model["shape"]>("own", "anchor", "alias", "flow", "none", "default"),
});

function written(models: readonly Model[]): string {
  const lines = ["# head", "x-shared: &shared", "  args: [--s=1, --t]", "model-car:"];
  for (const [index, { args, comments, shape }] of models.entries()) {
    const quoted = args.map((text) => JSON.stringify(text));
    lines.push(`  # model ${index}`, `  - name: m${index}${comments}`, `    image: oci://r/m:${index}`);
    if (shape === "alias") lines.push("    serving_arguments: *shared");
    if (shape === "flow") lines.push(`    serving_arguments: { args: [${quoted.join(", ")}] }`);
    if (shape === "none") lines.push("    serving_arguments:");
    if (shape === "own" || shape === "anchor") {
      lines.push(
        `    serving_arguments:${shape === "anchor" ? ` &s${index}` : ""}`,
        `      args:${quoted.length === 0 ? " []" : ""}`,
      );
      lines.push(...quoted.map((text) => `        - ${text}${comments}`));
    }
  }
  return `${lines.join("\n")}\n`;
}

const change = fc.record({
  args: fc.option(list, { nil: undefined }),
  remove: fc.boolean(),
  gpuCount: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
});

test("the generated file loads, says what was asked, keeps the comments, and is stable (property)", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(model, change), { minLength: 1, maxLength: 5 }), (rows) => {
      const text = written(rows.map(([row]) => row));
      const before = parseModelCar(text, "car.yaml");
      const changes = rows.map(([, wanted], index) => ({
        name: `m${index}`,
        remove: wanted.remove && index > 0,
        ...(wanted.args !== undefined && { args: wanted.args }),
        ...(wanted.gpuCount !== undefined && { gpuCount: wanted.gpuCount }),
      }));
      const once = rewriteArguments(before, changes);
      const after = parseModelCar(once, "car.yaml");
      expect(after.models.map(({ name, args, gpuCount }) => ({ name, args, gpuCount }))).toEqual(
        before.models.flatMap(({ name, args, gpuCount }, index) => {
          const wanted = changes[index]!;
          return wanted.remove
            ? []
            : [{ name, args: [...(wanted.args ?? args)], gpuCount: wanted.gpuCount ?? gpuCount }];
        }),
      );
      expect(once).toContain("# head");
      for (const [index, { remove }] of changes.entries())
        if (!remove) expect(once).toContain(`# model ${index}\n`);
      expect(rewriteArguments(after, changes)).toBe(once);
    }),
    { numRuns: 150 },
  );
});
