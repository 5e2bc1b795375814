import { expect, test } from "bun:test";
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

test("a list that is an alias is changed where it stands, when all who use it want the same", () => {
  const before = `x-args: &args [--max-model-len=131072, --trust-remote-code] # ours
model-car:
  - { name: a, image: x, serving_arguments: { args: *args } }
`;
  const args = ["--max-model-len=8192", "--trust-remote-code"];
  expect(rewritten(before, { name: "a", args })).toBe(before.replace("131072", "8192"));
  const block = before
    .replace(" [--max-model-len=131072, --trust-remote-code]", "")
    .replace("# ours\n", "# ours\n  - --max-model-len=131072 # long\n  - --trust-remote-code\n");
  expect(rewritten(block, { name: "a", args })).toBe(block.replace("131072", "8192"));
});

test("a list that is an alias becomes the model's own, when others want another", () => {
  const before = `x-args: &args [--a=1, --b]
model-car:
- name: a
  image: x
  serving_arguments:
    args: *args # shared
- {name: b, image: x, serving_arguments: {args: *args}}
`;
  expect(rewritten(before, { name: "a", args: ["--a=2", "--b"] })).toBe(
    before.replace("args: *args # shared", "args: [--a=2, --b] # shared"),
  );
  expect(rewritten(before, { name: "b", args: ["--a=2", "--b"] })).toBe(
    before.replace("{args: *args}", "{args: [--a=2, --b]}"),
  );
});

test("what is merged from a changed model stays as it was in the others", () => {
  const before = `model-car:
- &m {name: a, image: x, serving_arguments: {args: [--a=1]}}
- {<<: *m, name: b}
`;
  expect(rewritten(before, { name: "a", args: ["--a=2"] })).toBe(
    before.replace("--a=1", "--a=2").replace("name: b", "name: b, serving_arguments: {args: [--a=1]}"),
  );
  expect(rewritten(before, { name: "b", args: ["--a=2"] })).toBe(
    before.replace("name: b", "name: b, serving_arguments: {args: [--a=2]}"),
  );
  const both = ["a", "b"].map((name) => ({ name, args: ["--a=2"] }));
  expect(rewritten(before, ...both)).toBe(before.replace("--a=1", "--a=2"));
});

test("a shared block goes to the next who uses it, and nothing new stands at the top", () => {
  const before = `model-car:
  - name: a
    image: x
    serving_arguments: &sa
      # how long
      args: [--a=1]
  - name: b
    image: x
    serving_arguments: *sa
  - name: c
    image: x
    serving_arguments: *sa
`;
  expect(rewritten(before, { name: "a", args: ["--a=2"] })).toBe(`model-car:
  - name: a
    image: x
    serving_arguments:
      # how long
      args: [--a=2]
  - name: b
    image: x
    serving_arguments: &sa
      # how long
      args: [--a=1]
  - name: c
    image: x
    serving_arguments: *sa
`);
  expect(rewritten(before, { name: "a", remove: true })).toBe(`model-car:
  - name: b
    image: x
    serving_arguments: &sa
      # how long
      args: [--a=1]
  - name: c
    image: x
    serving_arguments: *sa
`);
});

test("room, quotes, line ends and the byte order mark stay as they were", () => {
  const before =
    '\uFEFF# head\r\nmodel-car:\r\n  -   name:  a     # far\r\n      image:   "x"\r\n      serving_arguments: { args: [ "--a=1",   --b ], gpu_count: 1 }\r\n  - {name: b,   image: x, serving_arguments: {args: [--c]}}';
  expect(rewritten(before, { name: "a", args: ["--a=2", "--b", "--c"], gpuCount: 2 })).toBe(
    before.replace('"--a=1",   --b', '"--a=2",   --b, --c').replace("gpu_count: 1", "gpu_count: 2"),
  );
  expect(rewritten(before, { name: "b", args: ["--c", "--d=x y"] })).toBe(
    before.replace("[--c]", "[--c, --d=x y]"),
  );
});

test("a list in brackets over several lines keeps its lines and its remarks", () => {
  const before = `model-car:
  - name: a
    image: x
    serving_arguments:
      args: [
        --a=1, # one
        --b, # two
        --c # three
      ]
`;
  const list = (args: string[]) => /args: (\[[\s\S]*\])/.exec(rewritten(before, { name: "a", args }))?.[1];
  expect(list(["--a=1", "--b", "--c", "--d"])).toBe(`[
        --a=1, # one
        --b, # two
        --c, # three
        --d
      ]`);
  expect(list(["--a=1", "--c"])).toBe(`[
        --a=1, # one
        # two (was at --b)
        --c # three
      ]`);
});

test("a model that goes takes the remarks right above it, and no others", () => {
  const before = `model-car:
  # ---- small
  - name: a
    image: x

  # the second
  - name: b
    image: x

  # the third
  - name: c
    image: x
`;
  const lines = before.split("\n");
  expect(rewritten(before, { name: "b", remove: true })).toBe(
    [...lines.slice(0, 4), ...lines.slice(8)].join("\n"),
  );
  expect(rewritten(before, { name: "a", remove: true })).toBe(
    [...lines.slice(0, 2), ...lines.slice(5)].join("\n"),
  );
});

test("JSON stays JSON", () => {
  const before = `{"model-car": [{"name": "a", "image": "x", "serving_arguments": {"args": ["--a=1"]}}, {"name": "b", "image": "x"}]}`;
  const changed = rewritten(
    before,
    { name: "a", args: ["--a=2", "--b"], gpuCount: 2 },
    { name: "b", args: ["--c"] },
  );
  expect(JSON.parse(changed)).toEqual({
    "model-car": [
      { name: "a", image: "x", serving_arguments: { args: ["--a=2", "--b"], gpu_count: 2 } },
      { name: "b", image: "x", serving_arguments: { args: ["--c"] } },
    ],
  });
});

test("arguments that hold themselves are told, not followed", () => {
  const before = `model-car:
  - &m {name: a, image: x, more: &y [*y], serving_arguments: {args: [--a]}}
  - {<<: *m, name: b}
`;
  expect(() => rewritten(before, { name: "a", remove: true })).toThrow("refers to itself");
});
