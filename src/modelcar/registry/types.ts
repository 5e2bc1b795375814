import type { HttpWorld } from "../http/types.ts";
import type { Certificates } from "./certificates.ts";

/** An image or artefact in a registry. */
export interface ImageReference {
  /** Host, with its port when one is given: `quay.io`, `localhost:5000`. */
  registry: string;
  repository: string;
  tag: string | undefined;
  /** `sha256:…`; wins over the tag. */
  digest: string | undefined;
}

/** A content descriptor (OCI image-spec, descriptor.md). */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations: Readonly<Record<string, string>>;
  platform: { os: string; architecture: string } | undefined;
}

export interface Manifest {
  /** Digest of its bytes. */
  digest: string;
  mediaType: string;
  artifactType: string | undefined;
  config: Descriptor | undefined;
  layers: Descriptor[];
  annotations: Readonly<Record<string, string>>;
}

/** A login, from a file of docker or podman or a pull secret. */
export interface Login {
  /** `Basic` value (base64 of user:password), or an identity token for OAuth2. */
  basic?: string;
  identityToken?: string;
  /** Where it was found, for messages. */
  source: string;
}

/** A program that keeps logins (docker-credential-helpers). */
export interface CredentialHelper {
  /** `docker-credential-NAME`. */
  program: string;
  /** The file that names it. */
  source: string;
}

/** What a helper has for a registry; `problem` says why it has nothing. */
export interface HelperAnswer {
  login: Login | undefined;
  problem: string | undefined;
}

export type AskHelper = (registry: string) => Promise<HelperAnswer>;

export interface Logins {
  /** The login for this repository; undefined: none is known. */
  find(registry: string, repository: string): Login | undefined;
  /** The credential helper that is configured for this registry. */
  helperFor(registry: string): CredentialHelper | undefined;
  /** Files that could not be read, in words. */
  problems: readonly string[];
}

export interface RegistryWorld extends HttpWorld {
  logins: Logins;
  /** Absent: helpers are not run, and told. */
  askHelper?: AskHelper | undefined;
  /** Registries that may be asked over plain HTTP, beside those of this machine. */
  insecureRegistries?: readonly string[];
  /** Registries of this machine that speak TLS are told by theirs. */
  certificates?: Certificates;
}
