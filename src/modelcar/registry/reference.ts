import { isLoopbackHost } from "../../base/hosts.ts";
import { ReadError } from "../http/types.ts";
import { holdsLogin, maskedReference } from "../secrets/text.ts";
import type { Certificates } from "./certificates.ts";
import type { ImageReference } from "./types.ts";

const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[\w][\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `oci://`, `docker://` or a bare `registry/name:tag@digest` (the grammar of distribution/reference). A name without
 * a registry is one of docker.io, as everywhere. @throws ReadError `broken`.
 */
export function parseImageReference(text: string): ImageReference {
  const bare = text.replace(/^(oci|docker):\/\//, "");
  const [, name = "", digest] = /^([^@]*)(?:@(.*))?$/s.exec(bare) ?? [];
  const colon = name.lastIndexOf(":");
  const hasTag = colon > name.lastIndexOf("/");
  const tag = hasTag ? name.slice(colon + 1) : undefined;
  const { registry, repository } = split(hasTag ? name.slice(0, colon) : name);
  const wrong = holdsLogin(text) ? "it holds a login" : mistake(repository, tag, digest);
  if (wrong !== undefined)
    throw new ReadError(
      "broken",
      `${JSON.stringify(maskedReference(text).slice(0, 200))} is not an image reference: ${wrong}`,
      {
        hint: holdsLogin(text)
          ? "Log in with `podman login`, or set OCI_REGISTRY_PULL_SECRET."
          : "Expected is oci://registry/name:tag, or oci://registry/name@sha256:….",
      },
    );
  return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

function split(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(0, slash));
  const isHost = /[.:]/.test(first) || first === "localhost";
  const registry = isHost ? first : "docker.io";
  const repository = isHost ? name.slice(slash + 1) : name;
  if (registry !== "docker.io" && registry !== "index.docker.io") return { registry, repository };
  return {
    registry: "docker.io",
    repository: repository.includes("/") ? repository : `library/${repository}`,
  };
}

function mistake(
  repository: string,
  tag: string | undefined,
  digest: string | undefined,
): string | undefined {
  const part = repository.split("/").find((component) => !COMPONENT.test(component));
  if (repository.length > 255) return "its name is too long";
  if (part !== undefined) return `${JSON.stringify(part)} is no part of a name (lower case, digits, . _ -)`;
  if (tag !== undefined && !TAG.test(tag)) return `${JSON.stringify(tag)} is no tag`;
  if (digest !== undefined && !DIGEST.test(digest))
    return "its digest is not sha256: and 64 hexadecimal digits";
  return undefined;
}

/** `registry/name:tag@digest`, as people write it. */
export const referenceText = ({ registry, repository, tag, digest }: ImageReference): string =>
  `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;

/**
 * Where the registry's API is. Plain HTTP only for registries that were named insecure, and those of this machine that have
 * no certificates of their own.
 */
export function apiUrl(
  { registry, repository }: ImageReference,
  insecure: readonly string[] = [],
  certificates?: Certificates,
): string {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const url = URL.parse(`https://${host}`);
  if (url === null || url.pathname !== "/" || url.username !== "" || url.search !== "")
    throw new ReadError("broken", `${JSON.stringify(registry)} is not the name of a registry`);
  const named = insecure.includes(registry) || insecure.includes(url.hostname);
  const plain = named || (isLoopbackHost(url.hostname) && certificates?.of(url.host)?.ownHost !== true);
  return `${plain ? "http" : "https"}://${host}/v2/${repository}`;
}
