import * as z from "../../base/zod.ts";
import { HEADER_NAME } from "./header-name.ts";
import type { HttpRequestOptions } from "./options.ts";

/** Headers that frame the message or steer the connection: not for the model to set. */
const FORBIDDEN =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect|via|proxy-.*|sec-.*|accept-encoding|x-forwarded-.*|forwarded|x-real-ip|x-aws-ec2-metadata-.*|metadata-flavor)$/i;

const BODY_METHODS = new Set(["POST", "PUT", "PATCH", "DELETE"]);

const body = () =>
  z.described(
    z.optional(z.string()),
    "Request body. JSON as text; its content type is then set unless given.",
  );

const headers = () =>
  z.described(
    z.optional(z.record(z.string(), z.string()).check(z.superRefine(checkHeaders))),
    "Request headers.",
  );

function checkHeaders(given: Record<string, string>, ctx: z.core.$RefinementCtx): void {
  for (const [name, value] of Object.entries(given)) {
    const message = headerProblem(name, value);
    if (message !== undefined) ctx.addIssue({ code: "custom", path: [name], message });
  }
}

function headerProblem(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return "not the name of a header";
  if (FORBIDDEN.test(name)) return "this header cannot be set";
  // Field values are visible characters, spaces and tabs (RFC 9110 §5.5); fetch takes Latin-1.
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
    ? undefined
    : "the value must be one line of Latin characters";
}

const absoluteUrl = () =>
  z.string().check(
    z.maxLength(8192),
    z.refine(
      (text) => /^https?:\/\//i.test(text.trim()) && URL.canParse(text),
      "expected an absolute http:// or https:// URL",
    ),
  );

/** Arguments of `http_request`, as these options let the model write them. */
export function httpRequestInput({ methods, extract_content }: HttpRequestOptions) {
  const bodiless = z.strictObject({
    url: z.described(absoluteUrl(), "Absolute URL, http:// or https://."),
    method: z.described(z._default(z.enum(methods), methods[0]!), "HTTP method."),
    headers: headers(),
    extract_content: z.described(
      z._default(z.boolean(), extract_content),
      "For an HTML page: true gives its main content as Markdown, false the HTML itself.",
    ),
    start_index: z.described(
      z._default(z.int().check(z.minimum(0), z.maximum(1_000_000_000)), 0),
      "Show the content from this character on, when an earlier answer was cut.",
    ),
  });
  const takesBody = methods.some((method) => BODY_METHODS.has(method));
  return takesBody ? z.extend(bodiless, { body: body() }) : bodiless;
}
export type HttpRequestInput = z.output<ReturnType<typeof httpRequestInput>>;
