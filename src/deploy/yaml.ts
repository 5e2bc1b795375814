import { valueAt } from "../base/path.ts";
import { isMultiline, yamlBlock, yamlLine } from "./yaml-text.ts";

/** A remark that stands above the entry at `path`: keys and indices from the top. */
export interface Remark {
  path: readonly (string | number)[];
  text: string;
}

/**
 * YAML 1.2 that readers of YAML 1.1 (kubectl, Helm, older Compose) understand the same way: every text that one of them
 * would take for something else is quoted. Texts of several lines become block scalars, as people write them. Values
 * that are undefined are left out, and what is used twice is written twice. `header` is a comment above it all.
 *
 * Takes what JSON can hold. A writer for more, as the `yaml` package, takes longer to load and write a few manifests
 * than the rest of `render` takes.
 */
export function toYaml(value: unknown, header?: string, remarks: readonly Remark[] = []): string {
  for (const { path } of remarks) {
    if (valueAt(value, path) === undefined) throw new Error(`there is no ${path.join(".")} to remark on`);
  }
  const text = `${written(entriesOf(value), value, { indent: "", depth: 0, remarks })}\n`;
  if (header === undefined) return text;
  return `${comment(header)}\n${text.startsWith("#") ? "\n" : ""}${text}`;
}

/** Several documents in one file, as kubectl takes them. */
export const toYamlStream = (values: readonly unknown[], header?: string): string =>
  `${header === undefined ? "" : `${comment(header)}\n`}${values.map((value) => toYaml(value)).join("---\n")}`;

/** Where a value stands. */
interface Place {
  /** Of the lines after its first. */
  indent: string;
  /** Length of its path. */
  depth: number;
  /** Of the value and what it holds. */
  remarks: readonly Remark[];
}

type Entries = readonly (readonly [key: string | number, value: unknown])[];

/** The entries of a list or a table; none for what is written on one line. */
function entriesOf(value: unknown): Entries {
  if (typeof value !== "object" || value === null) return NONE;
  if (Array.isArray(value)) return [...value.entries()];
  return Object.entries(value).filter(([, held]) => held !== undefined);
}

const NONE: Entries = [];

function written(entries: Entries, value: unknown, place: Place): string {
  return entries.length > 0 ? block(entries, place) : scalar(value, place.indent);
}

function block(entries: Entries, place: Place): string {
  const lines: string[] = [];
  for (const [key, value] of entries) {
    const inner = within(place, key);
    for (const { path, text } of inner.remarks) {
      if (path.length === inner.depth) lines.push(...comment(text).split("\n"));
    }
    const held = entriesOf(value);
    const text = written(held, value, inner);
    const between = held.length > 0 ? `\n${inner.indent}` : " ";
    lines.push(typeof key === "number" ? `- ${text}` : `${yamlLine(key)}:${between}${text}`);
  }
  return lines.join(`\n${place.indent}`);
}

function within({ indent, depth, remarks }: Place, key: string | number): Place {
  const about = remarks.length > 0 ? remarks.filter(({ path }) => path[depth] === key) : remarks;
  return { indent: `${indent}  `, depth: depth + 1, remarks: about };
}

function scalar(value: unknown, indent: string): string {
  if (typeof value !== "string") return JSON.stringify(value ?? null);
  return isMultiline(value) ? yamlBlock(value, indent || "  ") : yamlLine(value);
}

/** A text that is no comment yet is made one. */
const comment = (text: string): string => text.replace(/^(?!#)/gm, "# ").replace(/^# $/gm, "#");
