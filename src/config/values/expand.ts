import { ENV_NAME } from "../../base/env-name.ts";

/**
 * `${VAR}` and `${VAR:-default}` in one string. `:-` means what it means in a shell: the default is taken when the
 * variable is unset or empty. `$${VAR}` stands for the text `${VAR}`. What a variable holds is never looked into
 * again. `${` that no variable name follows is ordinary text, as in a prompt that shows code.
 */
export interface Expansion {
  text: string;
  /** Variables whose values are in the text. */
  used: string[];
  /** The one variable that the whole string was, if it was. */
  whole?: string;
  mistakes: ExpansionMistake[];
}

export type ExpansionMistake =
  | { kind: "unset"; name: string }
  | { kind: "unclosed"; name: string }
  | { kind: "operator"; name: string; operator: string }
  | { kind: "nested"; name: string };

type Variables = Readonly<Record<string, string | undefined>>;

/** Defaults within defaults, as in `${A:-${B:-c}}`, go this deep. */
const MAX_NESTED_DEFAULTS = 8;

interface Scan {
  readonly source: string;
  readonly variables: Variables;
  at: number;
}

type Piece = Omit<Expansion, "whole">;

export function expand(source: string, variables: Variables): Expansion {
  if (!source.includes("${")) return { text: source, used: [], mistakes: [] };
  const scan: Scan = { source, variables, at: 0 };
  const { piece, single } = readText(scan, 0);
  return single === undefined ? piece : { ...piece, whole: single };
}

/** Reads up to the end, or inside a default up to its closing brace. */
function readText(scan: Scan, nested: number): { piece: Piece; single?: string; closed: boolean } {
  const token = nested > 0 ? /\$\$\{[^}]*\}?|\$\{|\}/g : /\$\$\{[^}]*\}?|\$\{/g;
  const piece: Piece = { text: "", used: [], mistakes: [] };
  let single: string | undefined;
  for (;;) {
    token.lastIndex = scan.at;
    const match = token.exec(scan.source);
    const end = match?.index ?? scan.source.length;
    piece.text += scan.source.slice(scan.at, end);
    scan.at = end + (match?.[0].length ?? 0);
    if (match === null || match[0] === "}") {
      return { piece, closed: match !== null, ...(single !== undefined && { single }) };
    }
    if (match[0].startsWith("$$")) piece.text += match[0].slice(1);
    else {
      const name = readVariable(scan, piece, nested);
      if (end === 0 && scan.at === scan.source.length) single = name;
    }
  }
}

/** Reads what follows `${` and adds its value to the piece; returns the variable's name. */
function readVariable(scan: Scan, piece: Piece, nested: number): string | undefined {
  const name = new RegExp(ENV_NAME, "y");
  name.lastIndex = scan.at;
  const found = name.exec(scan.source)?.[0];
  const next = found === undefined ? "" : scan.source.charAt(scan.at + found.length);
  if (found === undefined || !/^[}:=?+-]?$/.test(next)) {
    piece.text += "${";
    return undefined;
  }
  scan.at += found.length;
  if (next === "}") {
    scan.at += 1;
    take(piece, found, scan.variables[found]);
  } else if (scan.source.startsWith(":-", scan.at)) {
    scan.at += 2;
    readDefault(scan, piece, found, nested);
  } else if (next === "") piece.mistakes.push({ kind: "unclosed", name: found });
  else {
    const operator = /^:?[=?+-]?/.exec(scan.source.slice(scan.at, scan.at + 2))![0];
    piece.mistakes.push({ kind: "operator", name: found, operator });
  }
  return found;
}

function readDefault(scan: Scan, piece: Piece, name: string, nested: number): void {
  if (nested >= MAX_NESTED_DEFAULTS) {
    piece.mistakes.push({ kind: "nested", name });
    scan.at = scan.source.length;
    return;
  }
  const fallback = readText(scan, nested + 1);
  if (!fallback.closed && fallback.piece.mistakes.length === 0) {
    piece.mistakes.push({ kind: "unclosed", name });
  }
  const value = scan.variables[name];
  if (value !== undefined && value !== "") take(piece, name, value);
  else {
    piece.text += fallback.piece.text;
    for (const used of fallback.piece.used) piece.used.push(used);
    for (const mistake of fallback.piece.mistakes) piece.mistakes.push(mistake);
  }
}

function take(piece: Piece, name: string, value: string | undefined): void {
  if (value === undefined) piece.mistakes.push({ kind: "unset", name });
  else {
    piece.text += value;
    piece.used.push(name);
  }
}
