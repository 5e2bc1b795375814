import type { Env } from "../../base/env.ts";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import type { HttpWorld } from "../http/types.ts";
import type { NamedCa } from "../registry/certificates.ts";

/** What reading a model needs of the world. */
export interface ModelWorld extends HttpWorld {
  /** For logins (REGISTRY_AUTH_FILE, HOME, OCI_REGISTRY_PULL_SECRET, …) and the hub (HF_ENDPOINT, HF_TOKEN). */
  env: Env;
  /** Folder that relative paths start from. */
  cwd: string;
  /** The state folder; undefined: nothing is kept. */
  stateFolder: string | undefined;
  /** How long the digest of a tag is believed without asking, ms; 15 minutes unless given, 0: always ask. */
  tagAgeMs?: number;
  /** Of images with several platforms, the one that is read: `amd64` unless given. */
  architecture?: string;
  /** Registries that may be asked over plain HTTP, beside those of this machine. */
  insecureRegistries?: readonly string[];
  /** Authorities that are trusted beside the usual ones and those of certs.d folders. */
  registryCas?: readonly NamedCa[];
  /** Runs the credential helpers of docker's and podman's files; absent: they are not run. */
  runProgram?: (call: ProgramCall) => Promise<ProgramResult>;
  /** Bytes that may be unpacked of compressed layers; 256 MiB unless given. */
  streamBytes?: number;
}
