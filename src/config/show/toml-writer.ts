import { stringify } from "smol-toml";
import type { Path } from "../../base/path.ts";
import { isTable, showHeader, showKey, type Table } from "../paths.ts";

/** A remark that is written behind a value. */
export type Remark = (path: Path) => string;

/**
 * A table as TOML text in which every value may carry a remark, and texts of several lines stay readable. Keys
 * without a value are left out.
 */
export function writeToml(table: Table, remark: Remark): string {
  return `${writeTable(table, [], remark).trim()}\n`;
}

function writeTable(table: Table, path: Path, remark: Remark): string {
  const entries = Object.entries(table).filter(([, value]) => value !== undefined);
  const plain = entries.filter(([, value]) => !isTable(value) && !isTableList(value));
  const lines = plain.map(([key, value]) => writeValue(key, value, remark([...path, key])));
  // A header is needed for the values below it, and for an element of a list, which may be empty.
  const headed = path.length > 0 && (lines.length > 0 || typeof path.at(-1) === "number");
  const own = [...(headed ? [showHeader(path)] : []), ...lines].join("\n");
  const tables = entries.flatMap(([key, value]) => {
    if (isTable(value)) return [writeTable(value, [...path, key], remark)];
    return isTableList(value) ? value.map((item, i) => writeTable(item, [...path, key, i], remark)) : [];
  });
  return [own, ...tables].filter((part) => part !== "").join("\n\n");
}

const isTableList = (value: unknown): value is Table[] =>
  Array.isArray(value) && value.length > 0 && value.every(isTable);

function writeValue(key: string, value: unknown, remark: string): string {
  const text = typeof value === "string" && value.includes("\n") ? multiLine(value) : inline(value);
  return `${showKey(key)} = ${text}  # ${remark}`;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (isTable(value)) {
    const pairs = Object.entries(value).map(([key, item]) => `${showKey(key)} = ${inline(item)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return stringify({ value }).slice("value = ".length).trimEnd();
}

/** TOML 1.0 "Multi-line basic strings": all but backslash, three quotes and control characters stand as they are. */
function multiLine(text: string): string {
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll('"""', '""\\"')
    .replace(/"$/, '\\"')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `"""\n${escaped}"""`;
}
