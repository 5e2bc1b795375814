import { isSecretName, redactor } from "../../base/redact.ts";
import { excerptOf } from "../problems/excerpt.ts";
import { ConfigError } from "../problems/problem.ts";
import type { Source } from "../problems/report.ts";

/** A text that is no TOML, as smol-toml's TomlError tells. */
export interface SyntaxFailure {
  message: string;
  /** From 1. */
  line: number;
  column: number;
}

/** The error of a text that is no TOML: at its place, with the usual cause and remedy. */
export function syntaxError(failure: SyntaxFailure, source: Source): ConfigError {
  const at = offsetOf(source.text, failure);
  // smol-toml points behind the backslash of a bad escape.
  const offset = /escape/.test(failure.message) && source.text[at - 1] === "\\" ? at - 1 : at;
  const { message, hint } = explainSyntax(failure.message, source.text, offset);
  const excerpt = excerptOf(source.text, {
    start: offset,
    end: offset + 1,
    redact: maskLine(source.text, offset),
  });
  const column = failure.column + offset - at;
  const base = { kind: "syntax", file: source.file, line: failure.line, column, path: "", message } as const;
  return new ConfigError([{ ...base, ...(hint !== undefined && { hint }), excerpt }]);
}

interface Explained {
  message: string;
  hint?: string;
}

type Explain = (at: Place) => Explained;

interface Place {
  text: string;
  offset: number;
  /** The line up to the place, and from it on. */
  before: string;
  after: string;
  /** What smol-toml says. */
  said: string;
}

const QUOTES = 'text stands in quotes: key = "some text"';

/** By what smol-toml says (1.9): the causes that people meet, in their words. */
const CAUSES: readonly (readonly [RegExp, Explain])[] = [
  [/^invalid value$/, badValue],
  [/numeric literal|numeric value|leading zero|underscore/, badNumber],
  [/redefine/, redefined],
  [/unrecognised escape|unicode escape|whitespace may be escaped/, badEscape],
  [/control characters .* strings/, controlCharacter],
  [/^unfinished string/, () => ({ message: "a string that begins here is not closed", hint: CLOSE })],
  [/^each key-value declaration/, trailing],
  [/key/, badKey],
  [/^expected comma/, missingComma],
  [
    /^unfinished array/,
    () => ({ message: "the array that begins here is not closed", hint: "close it with ]" }),
  ],
  [
    /^unfinished table/,
    () => ({ message: "the table that begins here is not closed", hint: "close it with }" }),
  ],
  [/^expected end of table array/, () => ({ message: "the header is not closed", hint: "close it with ]]" })],
  [/date/, () => ({ message: "not a date or a time", hint: QUOTES })],
  [/losslessly/, () => ({ message: "the number is too large" })],
  [/excessively nested/, () => ({ message: "tables or arrays are nested too deeply" })],
];

const CLOSE = 'close it with ", or use """ … """ for text over several lines';

function explainSyntax(message: string, text: string, offset: number): Explained {
  const said = message.replace(/^Invalid TOML document: /, "").replace(/\n[\s\S]*$/, "");
  const from = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const before = text.slice(from, offset);
  const after = text.slice(offset, end === -1 ? undefined : end).replace(/\r$/, "");
  const place: Place = { text, offset, before, after, said };
  return CAUSES.find(([pattern]) => pattern.test(said))?.[1](place) ?? { message: `not TOML: ${said}` };
}

function badValue(place: Place): Explained {
  const word = /^[^\s,\]}#]+/.exec(place.after)?.[0] ?? "";
  if (word === "") return { message: "a value is missing after =", hint: QUOTES };
  if (/^(true|false)$/i.test(word)) {
    return { message: `${word} is written in lower case`, hint: `write ${word.toLowerCase()}` };
  }
  if (/^(null|none|nil|undefined)$/i.test(word))
    return { message: "TOML has no null", hint: "leave the key out" };
  return { message: "expected a value, found text without quotes", hint: inQuotes(place) };
}

function badNumber(place: Place): Explained {
  const zero = place.said.includes("leading zero");
  return {
    message: zero ? "a number must not begin with 0" : "not a number",
    hint: `if it is text, ${inQuotes(place)}`,
  };
}

/** `put it in quotes: id = "researcher"`, or for a secret the key that takes the name of a variable. */
function inQuotes({ before, after }: Place): string {
  const [, key, rest = ""] = /^\s*([\w-]+)\s*=\s*(.*?)\s*(?:#.*)?$/.exec(before + after) ?? [];
  if (key === undefined || rest === "" || rest.length > 60) return QUOTES;
  if (isSecretName(key))
    return `put the secret in the environment, and its name here: ${key}_env = "NAME_OF_IT"`;
  if (mayBeSecret(before) || /["[{]/.test(rest)) return QUOTES;
  return `put it in quotes: ${key} = "${rest}"`;
}

function redefined({ text, offset, before, after }: Place): Explained {
  const line = `${before}${after}`.trim();
  const header = /^\[\[?[^\]]*\]\]?/.exec(line)?.[0];
  const name = header ?? /^[^=]*/.exec(after)![0].trim();
  const earlier = firstDefinition(text.slice(0, offset), name, header !== undefined);
  return {
    message: `${name.slice(0, 60)} is there twice`,
    hint: earlier === undefined ? "keep one of them" : `the first is on line ${earlier}: keep one of them`,
  };
}

/** Line of an earlier `[header]`, or of the same key since the last header. */
function firstDefinition(text: string, name: string, isHeader: boolean): number | undefined {
  const lines = text.split("\n").slice(0, -1);
  const from = isHeader ? 0 : lines.findLastIndex((line) => /^\s*\[/.test(line)) + 1;
  const same = (line: string) =>
    isHeader
      ? line.trim().startsWith(name)
      : line.trimStart().startsWith(name) && /^\s*=/.test(line.trimStart().slice(name.length));
  const index = lines.slice(from).findIndex(same);
  return index === -1 ? undefined : from + index + 1;
}

function missingComma({ text, offset }: Place): Explained {
  const lines = text.slice(0, offset).split("\n");
  const opened = lines.slice(0, -1).findLastIndex((line) => /=\s*[[{]/.test(line)) + 1;
  const message = "expected a comma or the end of the array or table";
  const here = /=\s*[[{]/.test(lines.at(-1)!);
  return here || opened === 0
    ? { message }
    : { message, hint: `is the one that begins on line ${opened} closed?` };
}

function badEscape(): Explained {
  return {
    message: 'a backslash in "…" begins an escape, and this is none',
    hint: "write \\\\ for a backslash, or use '…', where it is an ordinary character",
  };
}

function controlCharacter({ after }: Place): Explained {
  if (after === "") return { message: "the string is not closed on its line", hint: CLOSE };
  const code = after.charCodeAt(0).toString(16).padStart(4, "0");
  return {
    message: `a control character (U+${code.toUpperCase()}) in a string`,
    hint: `write it as \\u${code}`,
  };
}

function trailing({ before }: Place): Explained {
  return /["']\s*$/.test(before)
    ? { message: "text after the end of the string", hint: 'a quote inside a string is written \\"' }
    : { message: "text after the end of the value", hint: "one key = value on a line" };
}

function badKey({ text, before, after, said }: Place): Explained {
  if (said.includes("control characters")) return { message: "a control character in a comment" };
  const line = `${before}${after}`.trim();
  if (text.trimStart().startsWith("{"))
    return { message: "this looks like JSON; a config is TOML", hint: QUOTES };
  if (after.startsWith(":") || /^[\w-]+:\s/.test(line)) {
    return { message: "expected = after the key, found :", hint: 'TOML writes key = "value"' };
  }
  if (line.startsWith("//") || line.startsWith("/*")) return { message: "comments begin with #" };
  if (line.startsWith("[")) return { message: "not a table header", hint: "write [name] or [[name]]" };
  if (after === "" || !line.includes("=")) {
    return { message: "expected key = value", hint: 'text over several lines stands in """ … """' };
  }
  return { message: "not a key", hint: "keys are letters, digits, _ and -; any other stands in quotes" };
}

const offsetOf = (text: string, { line, column }: SyntaxFailure): number => {
  let from = 0;
  for (let i = 1; i < line; i += 1) from = text.indexOf("\n", from) + 1;
  return Math.min(from + column - 1, text.length);
};

/** In a broken text no key is sure: what stands after a word for secrets is not shown at all. */
const mayBeSecret = (text: string): boolean =>
  /(key|passw|secret|credential|token(?!s))(?!\w*_env)/i.test(text);

function maskLine(text: string, offset: number): (line: string) => string {
  const byForm = redactor();
  const openedBy = openString(text.slice(0, offset));
  if (openedBy !== undefined && mayBeSecret(openedBy)) return () => "…";
  return (line) => (mayBeSecret(line) ? line.replace(/[=:].*$/, (rest) => `${rest[0]} …`) : byForm(line));
}

/** The line that opened a multi-line string which is still open, if one is. */
function openString(before: string): string | undefined {
  for (const quotes of ['"""', "'''"]) {
    if (before.split(quotes).length % 2 === 1) continue;
    const at = before.lastIndexOf(quotes);
    return before.slice(before.lastIndexOf("\n", at - 1) + 1, at);
  }
  return undefined;
}
