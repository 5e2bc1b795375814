/** What every container of an agent has in common; Dockerfile.generic keeps to it. */
export const CONTAINER = {
  configFolder: "/app/config",
  config: "/app/config/agent.toml",
  /** The journal. */
  data: "/var/lib/agent2389",
  /** TensorRT engines and timing caches, on a Jetson. */
  cache: "/var/cache/agent2389",
  user: 1001,
  group: 1001,
  healthPort: 8080,
  entrypoint: "agent2389",
} as const;

/** Variables that belong to the deployment: an agent in a container is found where the platform looks for it. */
export const RESERVED_ENV: Readonly<Record<string, string>> = {
  AGENT2389_DATA_DIR: CONTAINER.data,
  CONFIG_PATH: CONTAINER.config,
  HEALTH_HOST: "0.0.0.0",
  HEALTH_PORT: String(CONTAINER.healthPort),
};

/** Config keys that they stand for. */
export const RESERVED_KEYS: readonly string[] = ["storage.dir", "server.host", "server.port"];
