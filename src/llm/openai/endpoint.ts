import type { Env } from "../../base/env.ts";
import { type SecretUse, secretFrom, secretIn } from "../../base/env-secret.ts";
import { ExpectedError } from "../../base/errors.ts";
import type { ModelChoice } from "../config.ts";
import {
  PROVIDER_NAMES,
  type Provider,
  providerOf,
  type Quirks,
  quirksOf,
  unknownProvider,
} from "../providers.ts";
import { azureAddress } from "./azure.ts";
import { ollamaAddress } from "./ollama.ts";

/** Where and how a model is asked: a choice of the config, with everything looked up. */
export interface Endpoint {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly baseUrl: string;
  readonly query: Readonly<Record<string, string>>;
  /** Carries the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** What `verify` asks for. */
  readonly probe: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly key: string | undefined;
  /** Environment variable that the key came from. */
  readonly keyEnv: string | undefined;
  readonly local: boolean;
  readonly reportsCost: boolean;
  readonly quirks: Quirks;
}

type Choice = Pick<ModelChoice, "provider" | "model" | "api_key_env" | "base_url">;

/**
 * Looks up address, key and quirks of a choice. `where` is its path in the config, for errors.
 * @throws ExpectedError when the provider is unknown, has no address, or its key is missing.
 */
export function resolveChoice(choice: Choice, env: Env, where = "llm"): Endpoint {
  const provider = providerOf(choice.provider);
  const keyEnv = choice.api_key_env ?? provider.keyEnv;
  const key = keyOf(choice, provider, env, where);
  const { baseUrl, query } = addressOf(choice, provider, env, where);
  const headers = { ...envHeaders(provider, env), ...(key !== undefined && authHeaders(provider, key)) };
  return {
    id: `${choice.provider}/${choice.model}`,
    provider: choice.provider,
    model: choice.model,
    baseUrl,
    query,
    headers,
    probe: probeOf(provider, baseUrl, query, headers, key),
    key,
    keyEnv,
    local: provider.local ?? false,
    reportsCost: provider.reportsCost ?? false,
    quirks: quirksOf(choice.provider, choice.model),
  };
}

const authHeaders = ({ auth }: Provider, key: string): Record<string, string> =>
  auth === "api-key" ? { "api-key": key } : { authorization: `Bearer ${key}` };

function envHeaders({ envHeaders = {} }: Provider, env: Env): Record<string, string> {
  const given = Object.entries(envHeaders).flatMap(([header, variable]): [string, string][] => {
    const value = secretIn(env, variable);
    return value === undefined ? [] : [[header, value]];
  });
  return Object.fromEntries(given);
}

function keyOf(choice: Choice, provider: Provider, env: Env, where: string): string | undefined {
  const name = choice.api_key_env ?? provider.keyEnv;
  if (name === undefined) return undefined;
  const wanted = choice.api_key_env !== undefined || provider.keyRequired === true;
  const key = wanted ? secretFrom(env, name, keyUse(choice, where)) : secretIn(env, name);
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw unusableKey(name, where);
  return key;
}

const keyUse = ({ provider }: Choice, where: string): SecretUse => ({
  what: `no API key for ${provider}`,
  key: `api_key_env in [${where}]`,
  where: `${where}.api_key_env`,
});

const unusableKey = (name: string, where: string): ExpectedError =>
  new ExpectedError(`the API key in ${name} has characters that no HTTP header may hold`, {
    where: `${where}.api_key_env`,
    hint: `Set ${name} to the key alone: no spaces, quotes or line breaks within.`,
  });

interface Address {
  baseUrl: string;
  query: Record<string, string>;
}

function addressOf(choice: Choice, provider: Provider, env: Env, where: string): Address {
  if (choice.provider === "ollama" && choice.base_url === undefined) {
    return { baseUrl: `${ollamaAddress(env)}/v1`, query: {} };
  }
  const fromEnv = provider.baseUrlEnv === undefined ? undefined : env[provider.baseUrlEnv]?.trim();
  const address = choice.base_url ?? (fromEnv || provider.baseUrl);
  if (address === undefined) throw noAddress(choice, provider, where);
  if (!URL.canParse(address)) {
    throw new ExpectedError(`the address in ${provider.baseUrlEnv} is not a URL`, {
      where: `${where}.base_url`,
    });
  }
  return choice.provider === "azure" ? azureAddress(address, choice.model, env) : plainAddress(address);
}

/** Without a trailing slash, and without the path of the call itself, which people paste along. */
function plainAddress(address: string): Address {
  const url = new URL(address);
  const path = url.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  return { baseUrl: `${url.origin}${path}`, query: Object.fromEntries(url.searchParams) };
}

function noAddress(choice: Choice, provider: Provider, where: string): ExpectedError {
  if (provider.baseUrlEnv !== undefined) {
    return new ExpectedError(`no address for ${choice.provider}: ${provider.baseUrlEnv} is not set`, {
      where: `${where}.base_url`,
      hint: `Set ${provider.baseUrlEnv} in the environment, or base_url in [${where}].`,
    });
  }
  return new ExpectedError(unknownProvider(choice.provider), {
    where: `${where}.provider`,
    hint: `Known are ${PROVIDER_NAMES.join(", ")}. Any other OpenAI-compatible API needs its address: base_url in [${where}].`,
  });
}

function probeOf(
  provider: Provider,
  baseUrl: string,
  query: Record<string, string>,
  headers: Record<string, string>,
  key: string | undefined,
): Endpoint["probe"] {
  // Azure lists models at the resource, not at the deployment.
  const base = baseUrl.replace(/\/deployments\/[^/]+$/, "");
  const search = new URLSearchParams(query).toString();
  return {
    url: `${base}${provider.probePath ?? "/models"}${search === "" ? "" : `?${search}`}`,
    headers: { ...headers, ...(key === undefined ? {} : provider.probeHeaders?.(key)) },
  };
}
