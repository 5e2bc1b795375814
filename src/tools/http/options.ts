import { envName } from "../../base/env-name.ts";
import * as z from "../../base/zod.ts";
import { isCredentialHeader } from "../credential-header.ts";
import { HEADER_NAME } from "./header-name.ts";
import { parseHostPattern } from "./host-pattern.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const host = () =>
  z
    .string()
    .check(
      z.refine(
        (text) => parseHostPattern(text) !== undefined,
        "expected a host as example.com, *.example.com or 10.0.0.5:8080",
      ),
    );

/** Where requests may go. */
const reach = () => ({
  methods: z.described(
    z._default(z.array(z.enum(METHODS)).check(z.minLength(1)), ["GET", "HEAD"]),
    "Methods the model may use.",
  ),
  allowed_hosts: z.described(
    z.optional(z.array(host()).check(z.minLength(1))),
    "The only hosts that may be reached: example.com, *.example.com (its subdomains), host:port.",
  ),
  allow_private: z.described(
    z._default(z.union([z.boolean(), z.array(host())]), false),
    "Hosts that may have private addresses (loopback, 10/8, 192.168/16, …): true for all, or a list of hosts. " +
      "An address or localhost that stands in allowed_hosts needs no mention here. Cloud metadata stays refused.",
  ),
});

/** What goes along with every request. */
function sent() {
  const name = z.string().check(z.regex(HEADER_NAME, "expected the name of a header"));
  return {
    headers: z.described(
      z._default(z.record(name, z.string()), {}),
      "Headers sent with every request; the model can neither see nor change them.",
    ),
    headers_env: z.described(
      z._default(z.record(name, envName()), {}),
      'The same, with values from environment variables: { Authorization = "API_AUTHORIZATION" }. Needs allowed_hosts.',
    ),
    user_agent: z.described(
      z._default(z.string().check(z.minLength(1)), "agent2389"),
      "Value of the User-Agent header.",
    ),
  };
}

const limits = () => ({
  timeout: z.described(
    z._default(z.number().check(z.positive(), z.maximum(3600)), 30),
    "Seconds a request may take, redirects included.",
  ),
  max_response_size: z.described(
    z._default(z.int().check(z.minimum(1), z.maximum(1 << 30)), 1 << 20),
    "Bytes of a response that are read, decompressed; the rest is cut off.",
  ),
  max_content_chars: z.described(
    z._default(z.int().check(z.minimum(100), z.maximum(10_000_000)), 50_000),
    "Characters shown to the model at once; it can ask for the next part.",
  ),
  max_redirects: z.described(
    z._default(z.int().check(z.minimum(0), z.maximum(20)), 5),
    "Redirects that are followed; each is checked anew.",
  ),
});

const optionsTable = () =>
  z.strictObject({
    ...reach(),
    ...sent(),
    ...limits(),
    extract_content: z.described(
      z._default(z.boolean(), true),
      "Turn HTML pages into Markdown of their main content; the model may choose otherwise for a request.",
    ),
    ca_file: z.described(
      z.optional(z.string()),
      "PEM file of the certificate authorities to trust instead of the usual.",
    ),
    proxy: z.described(
      z.optional(z.url({ protocol: /^https?$/ })),
      "Proxy that all requests go through. It resolves the names, so it must refuse private addresses itself.",
    ),
  });
export type HttpRequestOptions = z.output<ReturnType<typeof optionsTable>>;

export const httpRequestOptions = () => optionsTable().check(z.superRefine(checkSecretHeaders));

function checkSecretHeaders(options: HttpRequestOptions, ctx: z.core.$RefinementCtx): void {
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
}
