/** What a body is good for: to be made readable, to be shown as it is, or not to be shown. */
export type ContentKind = "html" | "text" | "binary";

const TEXT =
  /^(text\/|application\/((.+\+)?(json|xml|yaml)|(x-)?(javascript|ecmascript|yaml|toml|sh|ndjson|sql)|json-seq|graphql|x-www-form-urlencoded|x-ndjson|jsonl|jsonlines)$|image\/svg\+xml$|message\/|multipart\/)/;

/** Types that servers give to whatever they do not know. */
const UNKNOWN = new Set(["", "application/octet-stream", "binary/octet-stream", "application/unknown"]);

const essence = (contentType: string): string => (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();

/** Goes by the declared type, or by the bytes where it says nothing. */
export function contentKind(contentType: string, bytes: Uint8Array): ContentKind {
  const type = essence(contentType);
  if (type === "text/html" || type === "application/xhtml+xml") return "html";
  if (TEXT.test(type)) return "text";
  if (!UNKNOWN.has(type) || looksBinary(bytes)) return "binary";
  return /^\s*<(!doctype html|html[\s>])/i.test(ascii(bytes, 512)) ? "html" : "text";
}

/** A NUL, or bytes that are no UTF-8, near the beginning. */
function looksBinary(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 8192);
  if (head.includes(0)) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return false;
  } catch {
    return true;
  }
}

/** The text of a body in the charset that its header, its byte order mark or its `<meta>` names; UTF-8 otherwise. */
export function decodeText(contentType: string, kind: ContentKind, bytes: Uint8Array): string {
  const declared = /charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1];
  const inPage =
    kind === "html"
      ? /<meta[^>]{1,200}charset\s*=\s*["']?([\w-]+)/i.exec(ascii(bytes, 1024))?.[1]
      : undefined;
  return decoderFor(byteOrderMark(bytes) ?? declared ?? inPage).decode(bytes);
}

function byteOrderMark([a, b]: Uint8Array): string | undefined {
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

function decoderFor(label: string | undefined): TextDecoder {
  try {
    return new TextDecoder(label as Bun.Encoding | undefined);
  } catch {
    return new TextDecoder(); // a charset that no one knows
  }
}

const ascii = (bytes: Uint8Array, length: number): string =>
  new TextDecoder("latin1").decode(bytes.subarray(0, length));
