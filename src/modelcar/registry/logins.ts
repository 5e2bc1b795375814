import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Env } from "../../base/env.ts";
import { errorCode } from "../../base/errors.ts";
import { type Fields, fields, textOf } from "../../base/lenient-json.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Login, Logins } from "./types.ts";

/** Environment variable with a pull secret: a docker config (JSON), its base64, or that of `user:password` for registry.redhat.io. */
export const PULL_SECRET = "OCI_REGISTRY_PULL_SECRET";

const PULL_SECRET_HOST = "registry.redhat.io";

interface LoginFile {
  source: string;
  auths: Fields;
  helpers: Fields;
  store: string | undefined;
}

/**
 * The logins that podman, skopeo and docker use, in the order of containers-auth.json(5), the pull secret of the
 * environment first. Read at once, so that later changes of the files play no part. Credential helpers are only named.
 */
export function readLogins(env: Env, cwd: string): Logins {
  const problems: string[] = [];
  const files = [
    pullSecret(env, problems),
    ...filePaths(env, cwd).map((path) => readFile(path, problems)),
  ].filter((file) => file !== undefined);
  return {
    problems,
    find(registry, repository) {
      for (const { auths, source } of files) {
        const login = findIn(auths, registry, repository, source);
        if (login !== undefined) return login;
      }
      return undefined;
    },
    helperFor(registry) {
      for (const { helpers, store, source } of files) {
        const helper = textOf(helpers[registry]) ?? store;
        if (helper !== undefined && /^[\w.-]+$/.test(helper))
          return { program: `docker-credential-${helper}`, source };
      }
      return undefined;
    },
  };
}

function filePaths(env: Env, cwd: string): string[] {
  const {
    REGISTRY_AUTH_FILE: named,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: config,
    HOME: home,
    DOCKER_CONFIG,
  } = env;
  if (named) return [resolve(cwd, named)];
  const own = config || (home ? join(home, ".config") : undefined);
  const docker = DOCKER_CONFIG || (home ? join(home, ".docker") : undefined);
  return [
    ...(runtime ? [join(runtime, "containers/auth.json")] : []),
    ...(own ? [join(own, "containers/auth.json")] : []),
    ...(docker ? [join(resolve(cwd, docker), "config.json")] : []),
  ];
}

function readFile(path: string, problems: string[]): LoginFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    if (errorCode(thrown) !== "ENOENT")
      problems.push(`${path} cannot be read: ${systemReason(thrown) ?? "unknown"}`);
    return undefined;
  }
  return parseFile(text, path, problems);
}

function parseFile(text: string, source: string, problems: string[]): LoginFile | undefined {
  try {
    const content = fields(JSON.parse(text));
    const helpers = fields(content["credHelpers"]);
    return {
      source,
      auths: fields(content["auths"]),
      helpers,
      store: textOf(content["credsStore"]) || undefined,
    };
  } catch {
    problems.push(`${source} is not JSON`);
    return undefined;
  }
}

function pullSecret(env: Env, problems: string[]): LoginFile | undefined {
  const given = env[PULL_SECRET]?.trim();
  if (!given) return undefined;
  const text = given.startsWith("{") ? given : Buffer.from(given, "base64").toString("utf8").trim();
  if (text.startsWith("{")) return parseFile(text, PULL_SECRET, problems);
  if (/^[\x21-\x7e]+:[\x21-\x7e]+$/.test(text)) {
    const auths = { [PULL_SECRET_HOST]: { auth: Buffer.from(text).toString("base64") } };
    return { source: PULL_SECRET, auths, helpers: {}, store: undefined };
  }
  problems.push(`${PULL_SECRET} is neither a docker config (JSON), nor base64 of one or of user:password`);
  return undefined;
}

/** The longest key that the repository begins with, as podman has it: quay.io/org/name, quay.io/org, quay.io. */
function findIn(auths: Fields, registry: string, repository: string, source: string): Login | undefined {
  const parts = [registry, ...repository.split("/")];
  for (let length = parts.length; length >= 1; length--) {
    for (const key of keysFor(parts.slice(0, length).join("/"), length === 1)) {
      const login = loginOf(fields(auths[key]), source);
      if (login !== undefined) return login;
    }
  }
  return undefined;
}

function keysFor(name: string, isHost: boolean): string[] {
  if (!isHost) return [name];
  const legacy = name === "docker.io" ? ["https://index.docker.io/v1/", "index.docker.io"] : [];
  return [name, `https://${name}`, `https://${name}/v1/`, `https://${name}/v2/`, ...legacy];
}

function loginOf(entry: Fields, source: string): Login | undefined {
  const identityToken = textOf(entry["identitytoken"]);
  if (identityToken) return { identityToken, source };
  const auth = textOf(entry["auth"])?.trim();
  if (auth) return { basic: auth, source };
  const [user, password] = [textOf(entry["username"]), textOf(entry["password"])];
  if (user === undefined || password === undefined) return undefined;
  return { basic: Buffer.from(`${user}:${password}`).toString("base64"), source };
}
