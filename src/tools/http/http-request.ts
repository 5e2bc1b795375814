import { parseJson } from "../../base/json.ts";
import type { Redact } from "../../base/redact.ts";
import type { ToolContext, ToolResult } from "../../runtime/ports/tool.ts";
import { clipFrom } from "../clip.ts";
import { type LimitedBody, readLimited } from "./body.ts";
import { type ContentKind, contentKind, decodeText } from "./content-type.ts";
import { type HttpExchange, type HttpIo, type HttpPolicy, type HttpRequest, request } from "./follow.ts";
import type { HttpRequestInput } from "./input.ts";
import type { HttpRequestOptions } from "./options.ts";

export interface HttpRequestDeps {
  options: HttpRequestOptions;
  policy: HttpPolicy;
  io: HttpIo;
  /** Takes the configured headers' values out of what servers send back. */
  redact: Redact;
}

/** One request, as the model asked for it, told as a short head and the content. */
export async function httpRequest(
  input: HttpRequestInput,
  { options, policy, io, redact }: HttpRequestDeps,
  { signal }: Pick<ToolContext, "signal">,
): Promise<ToolResult> {
  const exchange = await request(toRequest(input), policy, io, signal);
  const body = await readLimited(exchange.response, options.max_response_size, signal);
  const content = await contentOf(exchange, body, input, signal);
  const shown = clipFrom(content.text, input.start_index, options.max_content_chars, (next) => {
    return `call again with start_index ${next} for more`;
  });
  const head = [
    ...headLines(exchange, input),
    ...content.notes,
    ...(body.truncated ? [cutNote(options)] : []),
  ];
  const { status } = exchange.response;
  return {
    content: redact(`${head.join("\n")}\n\n${shown}`.trim()).toWellFormed(),
    ...(status >= 400 && { isError: true }),
    metadata: {
      status,
      host: exchange.url.host,
      bytes: body.bytes.length,
      redirects: exchange.redirects,
      truncated: body.truncated,
    },
  };
}

function toRequest(input: HttpRequestInput): HttpRequest {
  const headers = new Headers(input.headers ?? {});
  const body = "body" in input && typeof input.body === "string" ? input.body : undefined;
  if (body !== undefined && !headers.has("content-type")) {
    headers.set(
      "content-type",
      parseJson(body) === undefined ? "text/plain; charset=utf-8" : "application/json",
    );
  }
  return { url: new URL(input.url), method: input.method, headers, ...(body !== undefined && { body }) };
}

interface Content {
  text: string;
  notes: string[];
}

async function contentOf(
  { url, response }: HttpExchange,
  { bytes }: LimitedBody,
  { extract_content }: HttpRequestInput,
  signal: AbortSignal,
): Promise<Content> {
  const type = response.headers.get("content-type") ?? "";
  const kind: ContentKind = contentKind(type, bytes);
  if (bytes.length === 0) return { text: "", notes: [] };
  if (kind === "binary")
    return { text: "", notes: [`body: ${bytes.length} bytes of binary data, not shown`] };
  const text = decodeText(type, kind, bytes);
  if (kind === "text" || !extract_content) return { text, notes: [] };
  const { htmlToReadable } = await import("./markdown.ts");
  const { title, markdown } = await htmlToReadable(text, url.href, signal);
  return { text: markdown, notes: title === "" ? [] : [`title: ${title}`] };
}

/** Response headers that a model can make use of. */
const TELLING = [
  "content-type",
  "last-modified",
  "etag",
  "link",
  "location",
  "retry-after",
  "www-authenticate",
];

function headLines({ url, response, redirects }: HttpExchange, { method }: HttpRequestInput): string[] {
  const { status, statusText, headers } = response;
  const all = method === "HEAD" || method === "OPTIONS";
  const lines = [...headers]
    .filter(([name]) => all || TELLING.includes(name))
    .map(([name, value]) => `${name}: ${value}`);
  return [`HTTP ${status} ${statusText}`.trim(), ...(redirects > 0 ? [`url: ${url.href}`] : []), ...lines];
}

const cutNote = ({ max_response_size }: HttpRequestOptions): string =>
  `note: the response was larger than ${max_response_size} bytes; the rest was not read`;
