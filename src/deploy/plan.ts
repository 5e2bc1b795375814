import type { DeploySection } from "./config.ts";

/**
 * What is to run, whatever the platform. It is made from configs alone (see make-plan.ts), holds no secret, and is all
 * that a target sees.
 */
export interface DeployPlan {
  /** What the parts are known by together: Compose project, part-of label, Helm chart. A DNS label. */
  project: string;
  agents: readonly AgentPlan[];
  broker: BrokerPlan;
  /** Version of this program: labels, chart version, image tag. */
  version: string;
}

export type BrokerPlan =
  | { kind: "external"; url: string }
  /** Mosquitto, deployed along; agents reach it as `url`, and log in when `auth` names the secrets for it. */
  | { kind: "included"; image: string; host: string; port: number; url: string; auth?: BrokerAuth };

/** Secrets that hold the login that the agents and the broker share. */
export interface BrokerAuth {
  usernameSecret: string;
  passwordSecret: string;
}

export interface AgentPlan {
  /** Name of the deployment: a DNS label (RFC 1123 §2.1). */
  name: string;
  agentId: string;
  description: string;
  /** Where the config came from, as it was named; for messages only. */
  source: string;
  config: ConfigFile;
  /** Files that the config names by a relative path and needs beside it (a CA certificate, a transcript). */
  files: readonly PlanFile[];
  image: string;
  /** Arguments of the image's entry point (`agent2389`); never a shell's. */
  args: readonly string[];
  /** Plain variables, sorted by name. */
  env: Readonly<Record<string, string>>;
  /** Sorted by name. */
  secrets: readonly SecretPlan[];
  health: HealthPlan | undefined;
  /** Seconds that running tasks get after SIGTERM, and those after which the platform may kill. */
  drainSeconds: number;
  killAfterSeconds: number;
  /** Where tasks go that are not done by then, if the config says; see `variablesWithoutVolume`. */
  handBack: "journal" | "broker" | undefined;
  replicas: number;
  /** Tasks that one replica works at the same time. */
  concurrency: number;
  resources: DeploySection["resources"];
  /** Where the journal lies; `size` undefined: it goes with the container. */
  storage: { mountPath: string; size: string | undefined };
  accelerator: AcceleratorPlan | undefined;
  /** The platform's own settings, as the config has them. */
  settings: Pick<DeploySection, "fly" | "k8s" | "docker" | "public">;
}

/** A text file in the container. */
export interface PlanFile {
  /** Absolute path in the container. */
  path: string;
  text: string;
}

export interface ConfigFile extends PlanFile {
  /** First ten hexadecimal digits of the SHA-256 of everything that is mounted beside the config. */
  hash: string;
}

export interface SecretPlan {
  /** Environment variable. */
  name: string;
  /** Where the config asks for it: `llm.api_key_env`. */
  usedBy: readonly string[];
  /** The agent does not start, or does not do its work, without it. */
  required: boolean;
}

export interface HealthPlan {
  port: number;
  live: "/live";
  ready: "/ready";
  /** Seconds that starting may take. */
  startSeconds: number;
}

export interface AcceleratorPlan {
  kind: "jetson";
  jetpack: string;
  /** Where TensorRT engines and timing caches are kept. */
  cachePath: string;
}
