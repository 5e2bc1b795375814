import { join } from "node:path";
import { findCacheFolder } from "../../base/cache-folder.ts";
import { systemClock } from "../../base/clock.ts";
import type { Env } from "../../base/env.ts";
import { secretFrom } from "../../base/env-secret.ts";
import { timeOf } from "../../modelcar/http/time.ts";
import { ReadError } from "../../modelcar/http/types.ts";
import type { ModelWorld } from "../../modelcar/model/types.ts";
import type { NamedCa } from "../../modelcar/registry/certificates.ts";
import { PULL_SECRET } from "../../modelcar/registry/logins.ts";
import type { ToolSetup } from "../factory.ts";
import { checkDestination, type HostPolicy, RefusedUrl, resolveHost } from "../http/guard.ts";
import { parseHostPattern } from "../http/host-pattern.ts";
import { fetchPinned } from "../http/pinned-fetch.ts";
import type { ModelCarOptions } from "./options.ts";

export interface WorldDeps {
  options: ModelCarOptions;
  setup: ToolSetup;
  /** Of `registry_ca`. */
  registryCas: readonly NamedCa[];
}

/**
 * The world as models are read from for a language model: it may name any registry, so every request is checked as those
 * of `http_request` are. Hosts that the config names may be private.
 */
export function guardedWorld({ setup, options, registryCas }: WorldDeps, signal: AbortSignal): ModelWorld {
  const { env, baseDir, fetch: given = fetch, resolve = resolveHost, clock = systemClock } = setup;
  const allowed = options.allowed_registries?.flatMap((host) => parseHostPattern(host) ?? []);
  const policy: HostPolicy = {
    ...(allowed && { allowed }),
    allowPrivate: allowed ?? false,
    opener: "allowed_registries",
  };
  const own = ownEnv(env, options);
  const caches = findCacheFolder(env, baseDir);
  return {
    ...{ env: own, cwd: baseDir, signal, registryCas },
    async fetch(url, init = {}) {
      const destination = await checkDestination(new URL(url), policy, resolve, signal).catch(refused);
      const { method = "GET", headers, body, signal: own, tls } = init;
      return fetchPinned(
        destination,
        {
          method,
          headers: new Headers(headers),
          signal: own ?? signal,
          ...(typeof body === "string" && { body }),
          // Certificates that show who this user is stay here, as logins do.
          ...(tls?.ca !== undefined && { ca: tls.ca.join("\n") }),
        },
        given,
      );
    },
    ...timeOf(clock),
    // What this user's commands read with other logins, and from elsewhere, is not for whoever asks the tool.
    stateFolder: caches && join(caches, "model_car", policyName(options, own)),
  };
}

/** Tools that may read the same from the same places, with the same logins, share what was read. */
const policyName = ({ allowed_registries: hosts }: ModelCarOptions, env: Env): string =>
  new Bun.CryptoHasher("sha256")
    .update(JSON.stringify([hosts?.toSorted() ?? null, env]))
    .digest("hex")
    .slice(0, 16);

/** Nothing of the process's environment but what the config names: whoever asks must not get at the logins of this user. */
function ownEnv(env: Env, { pull_secret_env: pull, hub_token_env: hub }: ModelCarOptions): Env {
  const secret = (variable: string, what: string, key: string) => secretFrom(env, variable, { what, key });
  const { HF_ENDPOINT } = env;
  return {
    ...(HF_ENDPOINT !== undefined && { HF_ENDPOINT }),
    ...(pull !== undefined && { [PULL_SECRET]: secret(pull, "no pull secret", "pull_secret_env") }),
    ...(hub !== undefined && { HF_TOKEN: secret(hub, "no token for the hub", "hub_token_env") }),
  };
}

function refused(thrown: unknown): never {
  if (thrown instanceof RefusedUrl) throw new ReadError("forbidden", thrown.message, { cause: thrown });
  throw thrown;
}
