import type { Env } from "../../base/env.ts";
import * as z from "../../base/zod.ts";

const tagsSchema = z.object({ models: z.nullish(z.array(z.object({ name: z.string() }))) });

/**
 * Address of Ollama from OLLAMA_HOST, read as Ollama's own client reads it: scheme, port and path are optional, and
 * an address to listen on (0.0.0.0) becomes one to connect to.
 */
export function ollamaAddress(env: Env): string {
  const given = env["OLLAMA_HOST"]?.trim() ?? "";
  const [, scheme, rest] = /^(?:(https?):\/\/)?(.*)$/.exec(given)!;
  const [hostPort = "", ...path] = (rest ?? "").split("/");
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(hostPort) ?? [];
  const defaultPort = { http: "80", https: "443" }[scheme ?? ""] ?? "11434";
  const where = ["", "0.0.0.0", "[::]"].includes(host) ? "127.0.0.1" : host;
  const tail = path.join("/").replace(/\/+$/, "");
  return `${scheme ?? "http"}://${where}:${port ?? defaultPort}${tail === "" ? "" : `/${tail}`}`;
}

export interface LocalOllama {
  /** Base URL of its OpenAI-compatible API: what base_url takes. */
  baseUrl: string;
  /** Models it has, as `name:tag`. */
  models: string[];
}

/** The Ollama at OLLAMA_HOST or at its usual place, or undefined when none answers within a second. */
export async function detectLocalOllama(env: Env, signal: AbortSignal): Promise<LocalOllama | undefined> {
  const address = ollamaAddress(env);
  try {
    const response = await fetch(`${address}/api/tags`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(1_000)]),
    });
    const tags = tagsSchema.safeParse(await response.json());
    if (!response.ok || !tags.success) return undefined;
    return { baseUrl: `${address}/v1`, models: (tags.data.models ?? []).map(({ name }) => name) };
  } catch {
    // Nobody there, or not Ollama: both mean that there is none to use. A caller who gave up wants no answer either.
    signal.throwIfAborted();
    return undefined;
  }
}
