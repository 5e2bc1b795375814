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

export interface Logins {
  /** The login for this repository; undefined: none is known. */
  find(registry: string, repository: string): Login | undefined;
  /** Credential helpers that are configured for this registry; they are not run. */
  helperFor(registry: string): string | undefined;
  /** Files that could not be read, in words. */
  problems: readonly string[];
}

export interface RegistryWorld extends HttpWorld {
  logins: Logins;
  /** Registries that may be asked over plain HTTP, beside those of this machine. */
  insecureRegistries?: readonly string[];
  /** Registries of this machine that speak TLS are told by theirs. */
  certificates?: Certificates;
}
