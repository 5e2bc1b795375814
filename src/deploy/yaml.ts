import { Document, isMap, isScalar, isSeq, type Scalar, type Tags } from "yaml";

/** A remark that stands above the entry at `path`: keys and indices from the top. */
export interface Remark {
  path: readonly (string | number)[];
  text: string;
}

/**
 * YAML 1.2 that readers of YAML 1.1 (kubectl, Helm, older Compose) understand the same way: every text that one of them
 * would take for something else is quoted. Texts of several lines become block scalars, as people write them. Values
 * that are undefined are left out. `header` is a comment above it all.
 */
export function toYaml(value: unknown, header?: string, remarks: readonly Remark[] = []): string {
  const document = new Document(value, {
    version: "1.2",
    compat: "yaml-1.1",
    aliasDuplicateObjects: false,
    customTags: withPlainWords,
  });
  setStyles(document.contents);
  for (const remark of remarks) addRemark(document, remark);
  const text = escapeUnprintable(document.toString(LAYOUT));
  if (header === undefined) return text;
  return `${comment(header)}\n${text.startsWith("#") ? "\n" : ""}${text}`;
}

/** Nothing is folded; within double quotes a line break is written as \\n, since readers fold blanks beside a real one. */
const LAYOUT = { lineWidth: 0, directives: false, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER };

/**
 * What no block scalar carries to every reader: {@link UNPRINTABLE} characters, blanks alone, and a tab where the
 * indentation is to be told from.
 */
const NOT_IN_BLOCKS = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|^\n*\t|^[ \n]*$/;

/**
 * What looks like a number, a date or a time to some reader: Go takes "-_1" for -1 and "-0o7" for -7, others "e0" for a number.
 * Also "=" and "<<", the value and merge keys of YAML 1.1. The marks between documents, too.
 */
const MISTAKABLE = /^([-+._0-9][0-9a-fxo_:.+-]*|e[0-9]+|=|<<)$/i;

/**
 * Words that are text to every reader, as most of a manifest is. The library would hold each against the pattern of every
 * type that there is; of those that begin with a letter only floats of YAML 1.1 ("e5") and {@link NO_TEXT} have any.
 */
const WORD = /^(?!e[-+]?\d+$)[a-z][a-z0-9_./-]*$/i;
const NO_TEXT = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"]);

/** The word that a scalar is, if it is one. */
const plainWord = ({ type, value }: Scalar): string | undefined =>
  type === undefined && typeof value === "string" && WORD.test(value) && !NO_TEXT.has(value.toLowerCase())
    ? value
    : undefined;

type Tag = Tags[number];

/** The library's tags, of which that for text writes such words as they are. */
const withPlainWords = (tags: Tags): Tags =>
  tags.map((tag): Tag => {
    if (typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:str" || tag.collection) return tag;
    const { stringify } = tag;
    return { ...tag, stringify: (scalar, ...rest) => plainWord(scalar) ?? stringify!(scalar, ...rest) };
  });

/** By hand: the library's `visit` copies the path to every node, and takes most of the time. */
function setStyles(node: unknown): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      setStyles(key);
      setStyles(value);
    }
  } else if (isSeq(node)) for (const item of node.items) setStyles(item);
  else if (isScalar(node) && typeof node.value === "string") node.type = styleOf(node.value);
}

function styleOf(text: string): Scalar["type"] {
  if (NOT_IN_BLOCKS.test(text)) return "QUOTE_DOUBLE";
  if (text.includes("\n")) return "BLOCK_LITERAL";
  return MISTAKABLE.test(text) ? "QUOTE_DOUBLE" : undefined;
}

/** Control characters, line breaks of YAML 1.1 that 1.2 has not (§5.4), the byte order mark, and no characters (§5.1). */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** The library leaves them as they are; they stand within double quotes alone. */
const escapeUnprintable = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

function addRemark(document: Document, { path, text }: Remark): void {
  const last = path.at(-1);
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const node = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === last)?.key
    : isSeq(parent) && typeof last === "number"
      ? parent.items[last]
      : undefined;
  if (!isScalar(node) && !isMap(node)) throw new Error(`there is no ${path.join(".")} to remark on`);
  node.commentBefore = indented(text);
}

const indented = (text: string): string => text.replace(/^/gm, " ");

/** A header that is no comment yet is made one. */
const comment = (text: string): string => text.replace(/^(?!#)/gm, "# ").replace(/^# $/gm, "#");
