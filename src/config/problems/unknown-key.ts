import { closest } from "../../base/did-you-mean.ts";
import { keysOf, nodeAt, type SchemaNode } from "../../base/json-schema.ts";
import { oneOf } from "../../base/one-of.ts";
import { type Path, valueAt } from "../../base/path.ts";
import { isTable, showHeader, showPath, type Table } from "../paths.ts";
import { knownTables } from "../schema/schema-facts.ts";
import type { DataProblem } from "./data-problem.ts";

/** A key that the config does not take: a slip, a key of another table, or something it never had. */
export function explainUnknownKey(
  path: Path,
  schema: SchemaNode,
  data: Table,
  suggest: boolean,
): DataProblem {
  const message = isTable(valueAt(data, path)) ? "unknown table" : "unknown key";
  const problem = { kind: "unknown_key", path, at: "key", message } as const;
  return suggest ? { ...problem, hint: adviceFor(path, schema, data) } : problem;
}

function adviceFor(path: Path, schema: SchemaNode, data: Table): string {
  const table = path.slice(0, -1);
  const key = String(path.at(-1));
  const here = keysOf(nodeAt(schema, table));
  const isHeader = isTable(valueAt(data, path));
  const sameKind = here.filter((known) => takesTable(nodeAt(schema, [...table, known])) === isHeader);
  const meant = closest(key, sameKind);
  if (meant !== undefined) {
    const name = isHeader ? showHeader([...table, meant]) : `"${meant}"`;
    const there = valueAt(data, [...table, meant]) !== undefined;
    return there ? `${name} is there already: take this one out` : `did you mean ${name}?`;
  }
  return elsewhere(key, schema, table) ?? takes(table, here);
}

const takesTable = (node: SchemaNode | undefined): boolean =>
  node?.type === "object" || node?.anyOf?.some((choice) => choice.type === "object") === true;

const takes = (path: Path, keys: string[]): string =>
  path.length === 0
    ? `a config has the tables ${oneOf(keys, "and")}`
    : `${showHeader(path)} takes ${oneOf(keys, "and")}`;

/** The key, or one very like it, may be one of another table. */
function elsewhere(key: string, schema: SchemaNode, table: Path): string | undefined {
  const here = showPath(table.filter((part) => typeof part === "string"));
  const others = knownTables(schema).filter(({ name }) => name !== here);
  const homes = (known: string) =>
    oneOf(others.filter(({ node }) => keysOf(node).includes(known)).map(({ header }) => header));
  const known = new Set(others.flatMap(({ node }) => keysOf(node)));
  if (known.has(key)) return `"${key}" belongs in ${homes(key)}`;
  const meant = closest(key, known);
  return meant === undefined || meant.length < 4 ? undefined : `did you mean "${meant}" in ${homes(meant)}?`;
}
