import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { type Field, isText } from "../tree.ts";
import { ownPair, type Source } from "./source.ts";

/** Where a model of the file has what it asks for. */
export interface ModelPlace {
  name: string;
  /** As the list has it: the mapping, or an alias. */
  item: Node;
  entry: YAMLMap;
  /** `serving_arguments` of the entry itself, not one that is merged in. */
  own: Pair | undefined;
  /** What stands for its serving arguments, wherever it is; undefined: nothing does. */
  block: YAMLMap | undefined;
  args: Node | undefined;
  count: Node | undefined;
}

export interface Places {
  /** The value of `model-car`: a list, or a single mapping. */
  list: Node | undefined;
  models: ModelPlace[];
}

export function placesOf(source: Source): Places {
  const { tree, document } = source;
  const root = tree.follow(document.contents);
  const fields = isMap(root) ? tree.fields(root) : new Map<string, Field>();
  const list = fields.get("model-car")?.value;
  const fallback = fields.get("default")?.value;
  const standard = isMap(fallback) ? tree.fields(fallback).get("serving_arguments") : undefined;
  const items = isSeq<Node>(list) ? list.items : list === undefined ? [] : [list];
  return { list, models: items.flatMap((item) => placeOf(source, item, standard)) };
}

function placeOf({ tree }: Source, item: Node, standard: Field | undefined): ModelPlace[] {
  const entry = tree.follow(item);
  if (!isMap(entry)) return [];
  const fields = tree.fields(entry);
  const name = fields.get("name")?.value;
  const block = (fields.get("serving_arguments") ?? standard)?.value;
  const inBlock = isMap(block) ? tree.fields(block) : new Map<string, Field>();
  return [
    {
      ...{ name: isText(name) ? name.value.trim() : "", item, entry },
      own: ownPair(entry.items, "serving_arguments"),
      block: isMap(block) ? block : undefined,
      args: inBlock.get("args")?.value,
      count: inBlock.get("gpu_count")?.value,
    },
  ];
}

export function argsAt({ tree }: Source, { args }: ModelPlace): string[] {
  if (!isSeq<Node>(args)) return [];
  return args.items.flatMap((item) => {
    const node = tree.follow(item);
    return isText(node) ? [node.value] : [];
  });
}

export const countAt = ({ count }: ModelPlace): number | undefined =>
  isScalar(count) && typeof count.value === "number" ? count.value : undefined;
