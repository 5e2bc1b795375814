/** How a text stands in YAML, so that readers of 1.1 and of 1.2 take it for that text. */

/** Words that are text to every reader, as most of a manifest is: only floats of YAML 1.1 ("e5") and {@link NO_TEXT} are none. */
const WORD = /^(?!e[-+]?\d+$)[a-z][a-z0-9_./-]*$/i;
const NO_TEXT = new Set(["", "~", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]);

/**
 * What looks like a number, a date or a time to some reader: Go takes "-_1" for -1 and "-0o7" for -7, others "e0" for a number.
 * Also "=" and "<<", the value and merge keys of YAML 1.1, and the marks between documents.
 */
const MISTAKABLE =
  /^([-+._0-9][0-9a-fxo_:.+-]*|e[-+]?[0-9]+|[-+]?\.(inf|nan)|\d{4}-\d\d?-\d\d?[t ].*|=|<<|(---|\.\.\.) .*)$/i;

/** What has a meaning in YAML where it stands: indicators (§5.3), ": ", " #", blanks at an end, tabs and line breaks. */
const SYNTAX = /^[ ,[\]{}#&*!|>'"%@`]|^[?-]$|^[?-] |: | #|[ :-]$|[\t\n]/;

/** Control characters, line breaks of YAML 1.1 that 1.2 has not (§5.4), the byte order mark, and no characters (§5.1). */
const UNPRINTABLE = /[\0-\x08\v-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

const isPrintable = (text: string): boolean => !UNPRINTABLE.test(text) && text.isWellFormed();

const isPlain = (text: string): boolean =>
  (WORD.test(text) || (isPrintable(text) && !MISTAKABLE.test(text) && !SYNTAX.test(text))) &&
  !NO_TEXT.has(text.toLowerCase());

/** On one line: as it is where every reader takes it so, else in quotes. */
export function yamlLine(text: string): string {
  if (isPlain(text)) return text;
  const single = text.includes('"') && !/['\t\n]/.test(text) && isPrintable(text);
  return single ? `'${text}'` : doubleQuoted(text);
}

/** JSON is YAML, but for characters that it leaves as they are. */
const doubleQuoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Blanks where the indentation or the end of a block is told from. */
const UNCLEAR = /^\n*( *\t| *\n| *$)|\n[ \t]+\n*$/;

/** Texts that are written as a block; where one could be misread, in quotes. */
export const isMultiline = (text: string): boolean =>
  text.includes("\n") && isPrintable(text) && !UNCLEAR.test(text);

/** A block scalar (§8.1.2) whose lines stand at `indent`, two more than what holds it. */
export function yamlBlock(text: string, indent: string): string {
  const content = text.replace(/\n+$/, "");
  const ends = text.length - content.length;
  const chomping = ["-", ""][ends] ?? "+";
  const lines = content.replace(/^(?=[^\n])/gm, indent);
  return `|${/^\n* /.test(content) ? "2" : ""}${chomping}\n${lines}${"\n".repeat(Math.max(0, ends - 1))}`;
}
