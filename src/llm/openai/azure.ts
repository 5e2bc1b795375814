import type { Env } from "../../base/env.ts";

/** The newest stable version of the data-plane API (Azure OpenAI REST API reference). */
const DEFAULT_API_VERSION = "2024-10-21";

/**
 * Azure OpenAI has two forms of address. The v1 API (`…/openai/v1`) takes the deployment as `model` and no version;
 * the older one has the deployment in its path and wants `api-version`, which comes from the address itself or from
 * OPENAI_API_VERSION.
 */
export function azureAddress(
  address: string,
  deployment: string,
  env: Env,
): { baseUrl: string; query: Record<string, string> } {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  const query = Object.fromEntries(url.searchParams);
  if (path.endsWith("/openai/v1")) return { baseUrl: `${url.origin}${path}`, query };
  const base = path.replace(/\/openai(\/deployments\/[^/]+)?$/, "");
  return {
    baseUrl: `${url.origin}${base}/openai/deployments/${encodeURIComponent(deployment)}`,
    query: { "api-version": env["OPENAI_API_VERSION"] ?? DEFAULT_API_VERSION, ...query },
  };
}
