import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseModelCar } from "./parse.ts";
import { ManifestError } from "./types.ts";

const parsed = (text: string) => parseModelCar(text, "car.yaml");

function mistakes(text: string): string[] {
  try {
    parsed(text);
  } catch (thrown) {
    if (!(thrown instanceof ManifestError)) throw thrown;
    return thrown.problems.map(({ line, column, path, message, hint }) =>
      [`${line}:${column}`, path, message, hint].filter((part) => part).join(" | "),
    );
  }
  throw new Error("it loads");
}

test("reads a list of models with their arguments", () => {
  const { models, warnings } = parsed(`# a car
model-car:
  - name: granite
    image: oci://registry.example/granite:1.5
    model_output_type: text
    serving_arguments:
      gpu_count: 2
      args:
        - --max-model-len=2048 # short
        - "--served-model-name={{.Name}}"
  - name: bare
    image: hf://org/bare
`);
  expect(models).toEqual([
    {
      name: "granite",
      image: "oci://registry.example/granite:1.5",
      outputType: "text",
      args: ["--max-model-len=2048", "--served-model-name={{.Name}}"],
      gpuCount: 2,
      line: 3,
    },
    { name: "bare", image: "hf://org/bare", outputType: undefined, args: [], gpuCount: undefined, line: 11 },
  ]);
  expect(warnings).toEqual([]);
});

test("a single mapping is one model", () => {
  expect(parsed("model-car:\n  name: one\n  image: ./folder\n").models).toMatchObject([
    { name: "one", line: 2 },
  ]);
});

test("default replaces a block that is absent, and merges into none", () => {
  const { models } = parsed(`default:
  serving_arguments: { args: [--a], gpu_count: 4 }
model-car:
  - { name: a, image: x }
  - { name: b, image: x, serving_arguments: { args: [--b] } }
`);
  expect(models.map(({ args, gpuCount }) => [args, gpuCount])).toEqual([
    [["--a"], 4],
    [["--b"], undefined],
  ]);
});

test("follows anchors, aliases and merges", () => {
  const { models } = parsed(`x-args: &args [--x, --y]
.base: &base
  image: oci://r/base:1
  serving_arguments: &serving
    args: *args
    gpu_count: 2
model-car:
  - <<: *base
    name: a
  - name: b
    image: oci://r/b:1
    serving_arguments: *serving
`);
  expect(models.map(({ image, args, gpuCount }) => [image, args, gpuCount])).toEqual([
    ["oci://r/base:1", ["--x", "--y"], 2],
    ["oci://r/b:1", ["--x", "--y"], 2],
  ]);
});

test("a number among the arguments is the trouble of its model, told without its value", () => {
  const { models } = parseModelCar(
    "model-car:\n  - name: a\n    image: hf://o/a\n    serving_arguments:\n      args:\n        - --port\n        - 8080\n  - {name: b, image: hf://o/b}\n",
    "car.yaml",
  );
  expect(models[0]).toMatchObject({
    args: ["--port", "8080"],
    unquoted: ["args[1] on line 7 is a number, and Kubernetes takes texts alone: put it in quotes"],
  });
  expect(models[1]?.unquoted).toBeUndefined();
});

test("tells every problem at once, with its place and what is expected", () => {
  expect(
    mistakes(`model-car:
  - name: a
    imgae: oci://r/a:1
  - name: a
    image: oci://r/a:1
    serving_arguments:
      args: --one --two
      gpu_count: "2"
  - image: 7
    name: c
    serving_arguments:
      args: [--max-model-len, 2048, [--nested], { key: v }]
      gpu_cuont: 1
  - just text
`),
  ).toEqual([
    "2:5 | model-car[0] | the key image is missing | expected is what holds the model: oci://registry/name:tag, hf://org/model, or a folder",
    '3:5 | model-car[0] | the key "imgae" is not known | did you mean image?',
    '4:11 | model-car[1].name | the name "a" is taken: the model on line 2 has it | give each model a name of its own',
    '7:13 | model-car[1].serving_arguments.args | expected a list of texts, found the text "--one --two" | put each argument on a line of its own, after a dash',
    '8:18 | model-car[1].serving_arguments.gpu_count | expected a whole number from 1 to 1024, found the text "2" | write it without quotes',
    '9:12 | model-car[2].image | expected a text, found the number "7" | put it in quotes',
    "12:37 | model-car[2].serving_arguments.args[2] | expected a text, found a list | YAML cannot put a list into another: write the arguments out, or share the whole list",
    "12:49 | model-car[2].serving_arguments.args[3] | expected a text, found a mapping | write --flag=value, or put it in quotes",
    '13:7 | model-car[2].serving_arguments | the key "gpu_cuont" is not known | did you mean gpu_count?',
    '14:5 | model-car[3] | expected a mapping with name and image, found the text "just text"',
  ]);
});

test.each([
  ["", "1:1 | expected a mapping with the key model-car, found nothing"],
  ["- a\n", "1:1 | expected a mapping with the key model-car, found a list"],
  ["model-car: []\n", "1:12 | model-car | expected a list of models or a single one, found an empty list"],
  ["model-car:\n", "1:11 | model-car | expected a list of models or a single one, found nothing"],
  ["models:\n  - name: a\n", "1:1 | the key model-car is missing"],
  ["modelcar:\n  - name: a\n", '1:1 | the key "modelcar" is not known | did you mean model-car?'],
  ["model-car: [\n", "2:1 | broken YAML: "],
  ["model-car: a\n---\nmodel-car: b\n", "2:1 | a second document begins here; one is read | put all models"],
  ["model-car:\n\t- a\n", "2:1 | broken YAML: "],
  ["model-car:\n  - \ufffd\ufffd\n", "2:5 | the file is not text in UTF-8 | name a YAML file"],
  ["\u0000\u0001", "1:1 | the file is not text in UTF-8"],
  ["a: 1\na: 2\n", "2:1 | broken YAML: map keys must be unique"],
])("%j is told", (text, expected) => {
  expect(mistakes(text)[0]).toStartWith(expected);
});

test("a key that resembles none is a warning: it may be another tool's", () => {
  const { warnings } = parsed("model-car:\n  name: a\n  image: x\n  owner-team: core\n");
  expect(warnings).toMatchObject([
    { line: 4, column: 3, message: 'the key "owner-team" is not known and has no effect' },
  ]);
});

test("bombs of aliases and deep nests end at once", () => {
  const lists = Array.from({ length: 30 }, (_, i) => `x-${i + 1}: &n${i + 1} [${`*n${i},`.repeat(9)}*n${i}]`);
  const merges = Array.from(
    { length: 30 },
    (_, i) => `x-m${i + 1}: &m${i + 1} { <<: [${`*m${i},`.repeat(9)}*m${i}] }`,
  );
  const text = `x-0: &n0 [--a]\nx-m0: &m0 { name: a, image: b }\n${[...lists, ...merges].join("\n")}\nmodel-car:\n  - <<: *m30\n    serving_arguments: { args: *n30 }\n`;
  const before = performance.now();
  expect(mistakes(text)).toHaveLength(10);
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(mistakes(`model-car: ${"[".repeat(100_000)}`)[0]).toContain("1:1");
  expect(mistakes("- ".repeat(20_000))[0]).toContain("broken YAML");
  expect(mistakes("#".repeat(1_048_577))[0]).toContain("more than the 1048576");
  expect(mistakes("model-car: &a\n  <<: *a\n")[0]).toContain("name is missing");
});

test("whatever the text, it loads or tells why (fuzz)", () => {
  const word = fc.constantFrom(
    "model-car",
    ":",
    "\n",
    " ",
    "- ",
    "name",
    "image",
    "&a",
    "*a",
    "<<",
    "[",
    "]",
    "{",
    "}",
    "#x",
    "'",
    '"',
    "|",
    ">",
    "!!map",
    "?",
    "1",
    "--x",
    "\t",
    "%YAML 9",
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 40 }).map((words) => words.join("")),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        expect(parsed(source).models.length).toBeGreaterThan(0);
      } catch (thrown) {
        if (!(thrown instanceof ManifestError)) throw thrown;
        for (const { line, column, message } of thrown.problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message.length).toBeGreaterThan(3);
        }
      }
    }),
    { numRuns: 400 },
  );
});
