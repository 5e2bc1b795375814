import type { App, AppDeps } from "../app.ts";
import { systemClock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import { redactor } from "../base/redact.ts";
import type { Broker, BrokerOptions } from "../broker/open-broker.ts";
import type { ParsedConfig } from "../config/load.ts";
import type { LoadedConfig } from "../config/loaded.ts";
import type { Override } from "../config/values/overrides.ts";
import type { LocalOllama } from "../llm/openai/ollama.ts";
import type { LogSection } from "../log/config.ts";
import { type Logger, silent } from "../log/logger.ts";
import type { LogTarget } from "../log/open.ts";
import type { Model } from "../runtime/ports/model.ts";
import type { Transport } from "../runtime/ports/transport.ts";
import type { ToolBox } from "../tools/open-tools.ts";
import type { ToolDescription } from "../tools/table.ts";
import type { MqttOptions } from "../transport/mqtt.ts";

/** A config's text, where it is no file. */
export interface ConfigText {
  /** Stands for the file. */
  file: string;
  text: string;
}

export interface ConfigOptions {
  env: Env;
  cwd: string;
  overrides?: readonly Override[];
}

/** What a model is opened from: a whole config, or just its section. */
export type ModelSource = Pick<LoadedConfig, "env" | "baseDir" | "secrets"> & {
  config: Pick<LoadedConfig["config"], "llm">;
};

/** What commands use of the rest of the program. Each is imported when it is first used; tests put in their own. */
export interface Services {
  loadConfig(source: string | ConfigText, options: ConfigOptions): Promise<ParsedConfig>;
  toolDescriptions(): Promise<readonly ToolDescription[]>;
  openLog(section: LogSection, secrets: readonly string[], target: LogTarget): Promise<Logger>;
  openModel(loaded: ModelSource): Promise<Model>;
  /** An Ollama on this machine, or where OLLAMA_HOST says. */
  detectOllama(env: Env, signal: AbortSignal): Promise<LocalOllama | undefined>;
  openTools(loaded: LoadedConfig): Promise<ToolBox>;
  openTransport(options: MqttOptions): Promise<Transport>;
  openBroker(options: BrokerOptions): Promise<Broker>;
  startAgents(loaded: readonly LoadedConfig[], deps: AppDeps): Promise<App>;
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

export const services: Services = {
  async loadConfig(source, options) {
    const [{ loadConfig, parseConfig }, { standardFeatures }] = await Promise.all([
      import("../config/load.ts"),
      import("../config/standard-features.ts"),
    ]);
    const all = { ...options, features: standardFeatures };
    return typeof source === "string" ? loadConfig(source, all) : parseConfig(source.text, source.file, all);
  },
  toolDescriptions: async () => (await import("../tools/table.ts")).toolDescriptions(),
  openLog: async (section, secrets, target) =>
    (await import("../log/open.ts")).openLog(section, secrets, target),
  openModel: async ({ config, env, baseDir, secrets }) =>
    (await import("../llm/open.ts")).openModel(config.llm, {
      env,
      baseDir,
      log: silent,
      redact: redactor(secrets),
    }),
  detectOllama: async (env, signal) =>
    (await import("../llm/openai/ollama.ts")).detectLocalOllama(env, signal),
  openTools: async ({ config, env, baseDir }) =>
    (await import("../tools/open-tools.ts")).openTools(config.tools, {
      env,
      baseDir,
      log: silent,
      clock: systemClock,
    }),
  openTransport: async (options) => (await import("../transport/mqtt.ts")).openMqtt(options),
  openBroker: async (options) => (await import("../broker/open-broker.ts")).openBroker(options),
  startAgents: async (loaded, deps) => (await import("../app.ts")).startAgents(loaded, deps),
  fetch: (url, init) => fetch(url, init),
};
