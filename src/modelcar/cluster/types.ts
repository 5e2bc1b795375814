import type { Clock } from "../../base/clock.ts";
import type { Env } from "../../base/env.ts";
import { ExpectedError, type Explanation } from "../../base/errors.ts";
import type { ProgramCall, ProgramResult } from "../../base/run-program.ts";
import type { Inventory, Toleration } from "../inventory/types.ts";
import type { RuntimeVersion } from "../runtime/types.ts";

/** Options of Bun's fetch that the standard one does not have. */
export interface ClusterRequest extends RequestInit {
  tls?: TlsOptions;
  proxy?: string;
}

export interface TlsOptions {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized?: boolean;
  /** The name that the server's certificate must bear, when it is not the host of the address. */
  serverName?: string;
}

/** All that is touched of the world. */
export interface ClusterWorld {
  env: Env;
  cwd: string;
  fetch: (url: string, init?: ClusterRequest) => Promise<Response>;
  clock: Clock;
  signal: AbortSignal;
  /** Runs credential plugins and podman. */
  runProgram: (call: ProgramCall) => Promise<ProgramResult>;
}

/** Which cluster is meant; what is absent is found as kubectl finds it. */
export interface ClusterChoice {
  /** A kubeconfig file instead of KUBECONFIG and `~/.kube/config`. */
  kubeconfig?: string | undefined;
  context?: string | undefined;
  namespace?: string | undefined;
}

/** What goes with a request to say who asks. */
export interface Credentials {
  authorization?: string;
  cert?: string;
  key?: string;
}

/** A cluster that can be asked. Secrets are only in what the functions give. */
export interface Connection {
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  server: string;
  /** How it was found, in words: "context dev of /home/me/.kube/config". */
  origin: string;
  namespace: string;
  tls: TlsOptions;
  proxy: string | undefined;
  /** Headers of impersonation. */
  headers: Readonly<Record<string, string>>;
  /** What to do when the login is not accepted. */
  loginHint: string;
  /** `renew`: what was given before was refused. @throws ClusterError `credentials`. */
  credentials(renew: boolean): Promise<Credentials>;
  /** Every secret that has been read so far, for redaction. */
  secrets(): readonly string[];
}

export type ClusterErrorCode =
  /** No cluster is named anywhere, or the file that names it is not there. */
  | "absent"
  | "kubeconfig"
  | "credentials"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "invalid"
  | "unreachable"
  | "tls"
  | "unavailable"
  | "broken";

/** A cluster that cannot be asked, or refuses; `code` is for programs. */
export class ClusterError extends ExpectedError {
  readonly code: ClusterErrorCode;
  /** HTTP status of the answer, when there was one. */
  readonly status: number | undefined;

  constructor(code: ClusterErrorCode, message: string, explanation: Explanation & { status?: number } = {}) {
    super(message, explanation);
    this.code = code;
    this.status = explanation.status;
  }
}

export const isClusterError = (thrown: unknown): thrown is ClusterError => thrown instanceof ClusterError;

/** One thing that was checked of the login and the permissions. */
export interface ClusterCheck {
  /** Stable, for machines: `login`, `list-nodes`. */
  id: string;
  /** What is checked, in words. */
  label: string;
  state: "ok" | "denied" | "failed" | "unknown";
  /** What was found. */
  detail: string;
  hint: string | undefined;
}

/** A vLLM image that the cluster has ready. */
export interface RuntimeImage {
  /** Template or serving runtime, as `Template redhat-ods-applications/vllm-cuda-runtime-template`. */
  from: string;
  runtime: RuntimeVersion;
  /** That its pods have. */
  tolerations: Toleration[];
}

/** What a cluster says of itself. */
export interface ClusterInspection {
  inventory: Inventory;
  checks: ClusterCheck[];
  origin: string;
  server: string;
  /** `v1.31.6`; undefined when it was not told. */
  version: string | undefined;
  user: string | undefined;
  namespace: string;
  /** All that serve vLLM; the one that was chosen is the inventory's runtime. */
  images: RuntimeImage[];
  /** Nodes of the cluster, those without accelerators included; undefined when they could not be listed. */
  nodeCount: number | undefined;
}
