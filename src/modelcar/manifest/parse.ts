import { type Document, isMap, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from "yaml";
import { maskedText } from "../secrets/text.ts";
import { type ReadEntry, readEntry, readServing, type Serving } from "./entry.ts";
import { checkKeys } from "./keys.ts";
import { described, type Tree, treeOf } from "./tree.ts";
import { ManifestError, type ManifestProblem, type ModelCar, type ModelEntry } from "./types.ts";

/** No model-car of people comes near; what is larger is a mistake or an attack. */
const MAX_BYTES = 1_048_576;
const MAX_MODELS = 1_000;
const MAX_DEPTH = 200;

const TOP_KEYS = ["model-car", "default"];

/**
 * Reads a model-car file: `model-car:` is a list of models or a single one, `default.serving_arguments` stands for every
 * model that has none of its own (it replaces the block, as the validation suite of Open Data Hub does). `file` is for
 * messages. @throws ManifestError with everything that is wrong.
 */
export function parseModelCar(text: string, file: string): ModelCar {
  const whole = (message: string, hint?: string) =>
    new ManifestError([{ file, line: 1, column: 1, path: "", message, hint }]);
  if (text.length > MAX_BYTES)
    throw whole(`the file has ${text.length} characters, more than the ${MAX_BYTES} that are read`);
  const damage = text.search(/[\0\ufffd]/);
  if (damage >= 0) throw new ManifestError([notText(text, damage, file)]);
  const lines = new LineCounter();
  if (deepestBracket(text) > MAX_DEPTH) throw whole("it is nested too deeply to be a model-car");
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: "error",
  });
  if (document.errors.length > 0)
    throw new ManifestError(document.errors.map((e) => syntaxProblem(e, file, lines)));
  const tree = treeOf(document, lines, file);
  const models = readModels(document, tree);
  if (tree.problems.length > 0) throw new ManifestError(tree.problems.sort(byPlace));
  return { file, text, models, warnings: tree.warnings.sort(byPlace), document };
}

/** What stands in a text where its bytes were no UTF-8; YAML takes no NUL either. */
function notText(text: string, at: number, file: string): ManifestProblem {
  const before = text.slice(0, at).split("\n");
  const place = { file, line: before.length, column: before.at(-1)!.length + 1, path: "" };
  return {
    ...place,
    message: "the file is not text in UTF-8",
    hint: "name a YAML file, and save it as UTF-8",
  };
}

/** Brackets that are open at once, in quotes or not: what the parser would go down into. */
function deepestBracket(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === "[" || bracket === "{" ? 1 : -1));
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** What is said in place of the parser's words, or beside them. */
const SYNTAX: Partial<Record<YAMLError["code"], { what?: string; hint: string }>> = {
  MULTIPLE_DOCS: {
    what: "a second document begins here; one is read",
    hint: "put all models below one model-car:, without --- between them",
  },
  TAB_AS_INDENT: { hint: "indent with spaces" },
};

function syntaxProblem(error: YAMLError, file: string, lines: LineCounter): ManifestProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  const { what, hint } = SYNTAX[error.code] ?? {};
  return {
    file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    path: "",
    message: what ?? `broken YAML: ${lowerFirst(withoutSource(error.message))}`,
    hint,
  };
}

/** The parser quotes what it tripped over, which may be a secret; the place is told anyway. */
const withoutSource = (message: string): string =>
  maskedText(
    message.replace(
      /^(Unexpected .{1,40} token in YAML \w+|Block scalar header [\w ]+|Not a YAML token): .*$/s,
      "$1",
    ),
  );

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function readModels(document: Document, tree: Tree): ModelEntry[] {
  const root = tree.follow(document.contents);
  if (!isMap(root)) {
    tree.problem(root, "", `expected a mapping with the key model-car, found ${described(root)}`, EXAMPLE);
    return [];
  }
  const fields = tree.fields(root);
  checkKeys(tree, fields, TOP_KEYS, "", { mayAdd: true });
  const fallback = readDefault(tree, fields.get("default")?.value);
  const cars = fields.get("model-car");
  if (cars === undefined) {
    if (tree.problems.length === 0) tree.problem(root, "", "the key model-car is missing", EXAMPLE);
    return [];
  }
  const models = entryNodes(tree, cars.value, cars.keyNode).flatMap(([node, path]) => {
    const entry = readEntry(tree, node, path, fallback);
    return entry === undefined ? [] : [entry];
  });
  tellDuplicates(tree, models);
  return models.map(({ entry }) => entry);
}

const EXAMPLE =
  "write `model-car:` and below it, for each model, `- name: …` and `image: oci://registry/name:tag`";

function entryNodes(tree: Tree, value: Node | undefined, keyNode: Node): [Node | undefined, string][] {
  if (isMap(value)) return [[value, "model-car"]];
  if (!isSeq(value) || value.items.length === 0) {
    const found = isSeq(value) ? "an empty list" : described(value);
    tree.problem(
      value ?? keyNode,
      "model-car",
      `expected a list of models or a single one, found ${found}`,
      EXAMPLE,
    );
    return [];
  }
  if (value.items.length > MAX_MODELS) {
    tree.problem(
      value,
      "model-car",
      `${value.items.length} models are more than the ${MAX_MODELS} that are read`,
    );
    return [];
  }
  return value.items.map((item, index) => [tree.follow(item), `model-car[${index}]`]);
}

function readDefault(tree: Tree, value: Node | undefined): Serving | undefined {
  if (value === undefined) return undefined;
  if (!isMap(value)) {
    tree.problem(value, "default", `expected a mapping with serving_arguments, found ${described(value)}`);
    return undefined;
  }
  const fields = tree.fields(value);
  checkKeys(tree, fields, ["serving_arguments"], "default");
  const serving = fields.get("serving_arguments");
  return serving === undefined ? undefined : readServing(tree, serving, "default.serving_arguments");
}

function tellDuplicates(tree: Tree, models: readonly ReadEntry[]): void {
  const seen = new Map<string, number>();
  for (const { entry, nameNode, path } of models) {
    const first = seen.get(entry.name);
    if (first === undefined) seen.set(entry.name, entry.line);
    else
      tree.problem(
        nameNode,
        `${path}.name`,
        `the name ${JSON.stringify(entry.name)} is taken: the model on line ${first} has it`,
        "give each model a name of its own",
      );
  }
}

const byPlace = (a: ManifestProblem, b: ManifestProblem): number => a.line - b.line || a.column - b.column;
