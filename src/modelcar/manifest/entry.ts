import { isMap, isScalar, isSeq, type Node } from "yaml";
import { checkKeys } from "./keys.ts";
import { described, type Field, isText, type Tree } from "./tree.ts";
import type { ModelEntry } from "./types.ts";

export interface Serving {
  args: readonly string[];
  gpuCount: number | undefined;
  unquoted: readonly string[];
}

const NOTHING: Serving = { args: [], gpuCount: undefined, unquoted: [] };

export interface ReadEntry {
  entry: ModelEntry;
  nameNode: Node;
  path: string;
}

const ENTRY_KEYS = ["name", "image", "model_output_type", "serving_arguments", "execution_mode"];
const MAX_ARGS = 1_000;

/** One model; undefined when it has no usable name, which is told. */
export function readEntry(
  tree: Tree,
  node: Node | undefined,
  path: string,
  fallback: Serving | undefined,
): ReadEntry | undefined {
  if (!isMap(node)) {
    tree.problem(node, path, `expected a mapping with name and image, found ${described(node)}`);
    return undefined;
  }
  const fields = tree.fields(node);
  checkKeys(tree, fields, ENTRY_KEYS, path);
  const text = (key: string, required?: string) => readText(tree, fields, node, path, key, required);
  const name = text("name", "a name for the model");
  const image = text("image", "what holds the model: oci://registry/name:tag, hf://org/model, or a folder");
  const outputType = text("model_output_type");
  text("execution_mode");
  const own = fields.get("serving_arguments");
  const serving = own === undefined ? fallback : readServing(tree, own, `${path}.serving_arguments`);
  if (name === undefined) return undefined;
  const { args, gpuCount, unquoted } = serving ?? NOTHING;
  const { line } = tree.placeOf(node);
  const entry: ModelEntry = {
    ...{ name, image: image ?? "", outputType, args: [...args], gpuCount, line },
    ...(unquoted.length > 0 && { unquoted }),
  };
  return { entry, nameNode: fields.get("name")?.value ?? node, path };
}

function readText(
  tree: Tree,
  fields: ReadonlyMap<string, Field>,
  owner: Node,
  path: string,
  key: string,
  required?: string,
): string | undefined {
  const field = fields.get(key);
  if (field === undefined) {
    if (required !== undefined)
      tree.problem(owner, path, `the key ${key} is missing`, `expected is ${required}`);
    return undefined;
  }
  if (isText(field.value) && field.value.value.trim() !== "") return field.value.value.trim();
  const isNumber = isScalar(field.value) && typeof field.value.value === "number";
  const hint = isNumber ? "put it in quotes" : required === undefined ? undefined : `expected is ${required}`;
  tree.problem(
    field.value ?? field.keyNode,
    `${path}.${key}`,
    `expected a text, found ${described(field.value)}`,
    hint,
  );
  return undefined;
}

/** A `serving_arguments` block; an empty one asks for nothing. */
export function readServing(tree: Tree, { value, keyNode }: Field, path: string): Serving {
  if (value === undefined || (isScalar(value) && value.value === null)) return NOTHING;
  if (!isMap(value)) {
    tree.problem(
      value ?? keyNode,
      path,
      `expected a mapping with args and gpu_count, found ${described(value)}`,
    );
    return NOTHING;
  }
  const fields = tree.fields(value);
  checkKeys(tree, fields, ["args", "gpu_count"], path);
  const unquoted: string[] = [];
  return {
    unquoted,
    args: readArgs(tree, fields.get("args"), `${path}.args`, unquoted),
    gpuCount: readCount(tree, fields.get("gpu_count"), `${path}.gpu_count`),
  };
}

/** A number or truth value is taken as it is written, and told in `unquoted`: it is the trouble of its model alone. */
function readArgs(tree: Tree, field: Field | undefined, path: string, unquoted: string[]): string[] {
  const value = field?.value;
  if (value === undefined || (isScalar(value) && value.value === null)) return [];
  if (!isSeq(value)) {
    const hint = isText(value) ? "put each argument on a line of its own, after a dash" : undefined;
    tree.problem(value, path, `expected a list of texts, found ${described(value)}`, hint);
    return [];
  }
  if (value.items.length > MAX_ARGS) {
    tree.problem(value, path, `${value.items.length} arguments are more than the ${MAX_ARGS} that are read`);
    return [];
  }
  return value.items.flatMap((item, index) => {
    const node = tree.follow(item);
    if (isText(node)) return [node.value];
    if (isScalar(node) && node.value !== null) {
      const kind = typeof node.value === "boolean" ? "truth value" : "number";
      const { line } = tree.placeOf(node);
      unquoted.push(
        `args[${index}] on line ${line} is a ${kind}, and Kubernetes takes texts alone: put it in quotes`,
      );
      return [node.source ?? String(node.value)];
    }
    tree.problem(
      node ?? value,
      `${path}[${index}]`,
      `expected a text, found ${described(node)}`,
      argHint(node),
    );
    return [];
  });
}

function argHint(node: Node | undefined): string | undefined {
  if (isSeq(node))
    return "YAML cannot put a list into another: write the arguments out, or share the whole list";
  return isMap(node) ? "write --flag=value, or put it in quotes" : undefined;
}

function readCount(tree: Tree, field: Field | undefined, path: string): number | undefined {
  const value = field?.value;
  if (value === undefined) return undefined;
  const count = isScalar(value) ? value.value : undefined;
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 1 && count <= 1024) return count;
  const hint = isText(value) && /^\d+$/.test(value.value) ? "write it without quotes" : undefined;
  tree.problem(value, path, `expected a whole number from 1 to 1024, found ${described(value)}`, hint);
  return undefined;
}
