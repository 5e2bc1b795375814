import { globalOptions } from "./globals.ts";
import { bindWords, parseOptions } from "./parse.ts";
import { resolve } from "./resolve.ts";
import type { Program } from "./table.ts";

/**
 * The calls of a program in text for a shell, as the arguments it would get: also behind variables that are set for it,
 * behind a path, in a pipe, and inside `$(…)`. Enough of the shell's grammar for examples; nothing is expanded.
 */
export function commandLinesIn(text: string, name: string): string[][] {
  return statements(text.replace(/\\\n/g, " ")).flatMap((words) => {
    const [first, ...rest] = words.slice(words.findIndex((word) => !/^[A-Z_][A-Z0-9_]*=/.test(word)));
    return first === name || first?.endsWith(`/${name}`) ? [rest] : [];
  });
}

/** Text in quotes, an escaped character, the start of a `$(…)`, an operator, a comment, blanks, or plain characters. */
const TOKEN =
  /'(?<single>[^']*)'|"(?<double>(?:\\.|[^"\\])*)"|\\(?<escaped>.)|(?<call>\$\()|(?<end>&&|\|\||[|;&()\n]|\d?>{1,2}\s*\S+|<\s*\S+)|(?<comment>(?<=^|\s)#[^\n]*)|(?<blank>[ \t]+)|(?<plain>[^\s'"\\|;&()<>$]+|\$)/gm;

/** The words of each simple command. */
function statements(text: string): string[][] {
  const found: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endStatement = () => {
    endWord();
    if (words.length > 0) found.push(words);
    words = [];
  };
  for (const { groups = {} } of text.matchAll(TOKEN)) {
    const { single, double, escaped, call, end, blank, plain } = groups;
    const part = single ?? double ?? escaped ?? plain;
    if (part !== undefined) word = (word ?? "") + part;
    if (double?.includes("$(")) for (const inner of statements(double)) found.push(inner);
    if (blank !== undefined) endWord();
    if (call !== undefined || (end !== undefined && !/[<>]/.test(end))) endStatement();
    else if (end !== undefined) endWord();
  }
  endStatement();
  return found;
}

/** Rejects with a UsageError unless the program takes these arguments. */
export async function checkArguments(program: Program, argv: readonly string[]): Promise<void> {
  const resolved = await resolve(program, argv);
  const specs = { ...globalOptions, ...(resolved.kind === "command" ? resolved.command.options : {}) };
  const { words } = parseOptions(resolved.argv, specs, {});
  if (resolved.kind === "command" && !resolved.help) bindWords(words, resolved.command.positionals);
}
