import { z } from "zod";
import { isCredentialHeader } from "../credential-header.ts";
import { parseHostPattern } from "./host-pattern.ts";

export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
export type Method = (typeof METHODS)[number];

const host = z
  .string()
  .refine(
    (text) => parseHostPattern(text) !== undefined,
    "expected a host as example.com, *.example.com or 10.0.0.5:8080",
  );

/** A field name (RFC 9110 §5.1). */
const headerName = z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, "expected the name of a header");
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable");

export const httpRequestOptions = z
  .strictObject({
    methods: z.array(z.enum(METHODS)).min(1).default(["GET", "HEAD"]).describe("Methods the model may use."),
    allowed_hosts: z
      .array(host)
      .min(1)
      .optional()
      .describe(
        "The only hosts that may be reached: example.com, *.example.com (its subdomains), host:port.",
      ),
    allow_private: z
      .union([z.boolean(), z.array(host)])
      .default(false)
      .describe(
        "Hosts that may have private addresses (loopback, 10/8, 192.168/16, …): true for all, or a list of hosts. " +
          "An address or localhost that stands in allowed_hosts needs no mention here. Cloud metadata stays refused.",
      ),
    headers: z
      .record(headerName, z.string())
      .default({})
      .describe("Headers sent with every request; the model can neither see nor change them."),
    headers_env: z
      .record(headerName, envName)
      .default({})
      .describe(
        'The same, with values from environment variables: { Authorization = "API_AUTHORIZATION" }. Needs allowed_hosts.',
      ),
    user_agent: z.string().min(1).default("agent2389").describe("Value of the User-Agent header."),
    timeout: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe("Seconds a request may take, redirects included."),
    max_response_size: z
      .int()
      .min(1)
      .max(1 << 30)
      .default(1 << 20)
      .describe("Bytes of a response that are read, decompressed; the rest is cut off."),
    max_content_chars: z
      .int()
      .min(100)
      .max(10_000_000)
      .default(50_000)
      .describe("Characters shown to the model at once; it can ask for the next part."),
    max_redirects: z
      .int()
      .min(0)
      .max(20)
      .default(5)
      .describe("Redirects that are followed; each is checked anew."),
    extract_content: z
      .boolean()
      .default(true)
      .describe(
        "Turn HTML pages into Markdown of their main content; the model may choose otherwise for a request.",
      ),
    ca_file: z
      .string()
      .optional()
      .describe("PEM file of the certificate authorities to trust instead of the usual."),
    proxy: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        "Proxy that all requests go through. It resolves the names, so it must refuse private addresses itself.",
      ),
  })
  .superRefine((options, ctx) => {
    const secret = [
      ...Object.keys(options.headers).filter(isCredentialHeader),
      ...Object.keys(options.headers_env),
    ];
    if (secret.length === 0 || options.allowed_hosts !== undefined) return;
    ctx.addIssue({
      code: "custom",
      path: ["allowed_hosts"],
      message: `missing: ${secret.join(", ")} would be sent to any host the model names; list the hosts that may get it`,
    });
  });
export type HttpRequestOptions = z.output<typeof httpRequestOptions>;
