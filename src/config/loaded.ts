import type { Env } from "../base/env.ts";
import type { AgentConfig } from "./agent-config.ts";

export interface LoadedConfig {
  config: AgentConfig;
  /** File the config came from, as it was named. */
  file: string;
  /** Its folder, absolute: relative paths in the config are taken from it. */
  baseDir: string;
  env: Env;
  /** Every secret value that the config refers to by `*_env` or `${VAR}`, for redaction. */
  secrets: string[];
  /** What is not wrong but should be known: plain MQTT off loopback, an unset optional variable. */
  warnings: string[];
}
