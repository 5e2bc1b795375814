import { secretFrom } from "../../base/env-secret.ts";
import { readPem } from "../../base/pem-file.ts";
import { valueRedactor } from "../../base/redact.ts";
import { credentialsIn, isCredentialHeader } from "../credential-header.ts";
import { type ToolSetup, type ToolWarning, toolFactory } from "../factory.ts";
import { zodTool } from "../zod-tool.ts";
import type { HttpPolicy } from "./follow.ts";
import { type HostPattern, parseHostPattern } from "./host-pattern.ts";
import { httpRequestInput } from "./input.ts";
import { type HttpRequestOptions, httpRequestOptions } from "./options.ts";

export const httpRequest = toolFactory({
  name: "http_request",
  summary: "Fetches a URL; HTML pages come as readable Markdown.",
  options: httpRequestOptions,
  secretEnvs: ({ options }) => Object.values(options.headers_env),
  warnings: ({ options }) => privateNetwork(options),
  async open({ name, options }, setup) {
    const policy = await policyOf(name, options, setup);
    const isSecret = (header: string) => header in options.headers_env || isCredentialHeader(header);
    const redact = valueRedactor(credentialsIn(policy.headers, isSecret));
    return {
      tools: [
        zodTool({
          name,
          description: describe(options),
          input: httpRequestInput(options),
          timeoutMs: options.timeout * 1000,
          async run(input, ctx) {
            const [{ httpRequest: run }, { resolveHost }] = await Promise.all([
              import("./http-request.ts"),
              import("./guard.ts"),
            ]);
            const io = { fetch: setup.fetch ?? fetch, resolve: setup.resolve ?? resolveHost };
            return run(input, { options, policy, io, redact }, ctx);
          },
        }),
      ],
    };
  },
});

async function policyOf(name: string, options: HttpRequestOptions, setup: ToolSetup): Promise<HttpPolicy> {
  const { allowed_hosts: allowed, allow_private, ca_file, proxy } = options;
  return {
    methods: options.methods,
    maxRedirects: options.max_redirects,
    headers: { ...options.headers, ...headersFromEnv(options, setup) },
    userAgent: options.user_agent,
    allowPrivate: typeof allow_private === "boolean" ? allow_private : patterns(allow_private),
    ...(allowed && { allowed: patterns(allowed) }),
    ...(ca_file !== undefined && { ca: await readPem(ca_file, setup.baseDir, `tools.${name}.ca_file`) }),
    ...(proxy !== undefined && { proxy }),
  };
}

/** What the options' schema let pass can be read. */
const patterns = (texts: readonly string[]): HostPattern[] =>
  texts.flatMap((text) => parseHostPattern(text) ?? []);

const headersFromEnv = ({ headers_env }: HttpRequestOptions, { env }: ToolSetup): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers_env).map(([header, variable]) => [
      header,
      secretFrom(env, variable, { what: `no value for the header ${header}`, key: `headers_env.${header}` }),
    ]),
  );

function privateNetwork({ allow_private: open }: HttpRequestOptions): ToolWarning[] {
  if (open === false || (Array.isArray(open) && open.length === 0)) return [];
  const message =
    open === true
      ? "the model may reach every private and loopback address, and what runs there."
      : `the model may reach ${open.join(", ")} in the private network.`;
  return [{ option: "allow_private", message }];
}

function describe({ methods, allowed_hosts, extract_content }: HttpRequestOptions): string {
  const hosts = allowed_hosts ? ` Only these hosts can be reached: ${allowed_hosts.join(", ")}.` : "";
  const pages = extract_content ? " HTML pages come as Markdown of their main content." : "";
  return `Fetches a URL by HTTP (${methods.join(", ")}) and gives its status and content.${pages}${hosts}`;
}
