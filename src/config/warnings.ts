import type { Env } from "../base/env.ts";
import { shownEnvName } from "../base/env-name.ts";
import { isLoopbackHost } from "../base/hosts.ts";
import { DIRECT, providerOf } from "../llm/providers.ts";
import type { AgentConfig } from "./agent-config.ts";
import type { ConfigFeatures } from "./features.ts";
import { showPath } from "./paths.ts";
import type { NamedVariable } from "./values/secret-values.ts";

export interface WarningContext {
  config: AgentConfig;
  named: readonly NamedVariable[];
  implied: readonly string[];
  env: Env;
  features: Pick<ConfigFeatures, "unpricedModels" | "toolWarnings">;
}

/** What is not wrong but should be known, each a sentence that begins with the place. */
export function warningsAbout(context: WarningContext): string[] {
  return [
    ...plainMqtt(context.config),
    ...unsetVariables(context),
    ...unpriced(context),
    ...emptyPrompt(context.config),
    ...context.features.toolWarnings(context.config.tools),
    ...unusedRouting(context.config),
  ];
}

/** NFR-004: TLS outside a loopback. */
function plainMqtt({ mqtt }: AgentConfig): string[] {
  const url = URL.parse(mqtt.broker_url);
  if (url === null || /^(mqtts|ssl|tls|wss):$/.test(url.protocol)) return [];
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (isLoopbackHost(host)) return [];
  const secure = url.protocol === "ws:" ? "wss://" : "mqtts://";
  return [
    `mqtt.broker_url: plain ${url.protocol}// to ${host}: whoever is on the way can read and change tasks. Use ${secure} (NFR-004).`,
  ];
}

const HELD: Readonly<Record<string, string>> = {
  api_key: "the API key",
  password: "the password",
  username: "the user name",
  token: "the bearer token",
};

function unsetVariables({ config, named, implied, env }: WarningContext): string[] {
  const told = new Set(named.map(({ name }) => name));
  const optional = optionalKeys(config);
  // Neither of the two is a choice: brokers of one's own often ask for no login.
  const { username_env = "", password_env = "" } = config.mqtt;
  const anonymous = !env[username_env] && !env[password_env];
  return [
    ...named
      .filter(({ path, name }) => !env[name] && !(anonymous && path[0] === "mqtt"))
      .map(({ path, holds, name }) => {
        const what = HELD[holds] ?? holds.replaceAll("_", " ");
        return `${showPath(path)}: the environment variable ${shownEnvName(name) ?? "named there"}, for ${what}, is not set.`;
      }),
    ...[...new Set(implied)]
      .filter((name) => !told.has(name) && !optional.has(name) && !env[name])
      .map((name) => `the environment variable ${name}, which this config needs, is not set.`),
  ];
}

/** Variables of providers that also work without a key, as local ones do. */
function optionalKeys({ llm, routing }: AgentConfig): Set<string> {
  const providers = [llm, ...llm.fallback, ...(routing?.llm === undefined ? [] : [routing.llm])];
  const optional = providers
    .map(({ provider }) => providerOf(provider))
    .filter(({ keyRequired }) => !keyRequired);
  return new Set(optional.flatMap(({ keyEnv }) => keyEnv ?? []));
}

function unpriced({ config: { budget, llm }, features }: WarningContext): string[] {
  if (budget.max_cost_per_task === undefined) return [];
  return [...new Set(features.unpricedModels(llm))].map(
    (model) =>
      `budget.max_cost_per_task: no price is known for ${model}, so what it costs is not limited. Add it to [llm.prices].`,
  );
}

const emptyPrompt = ({ llm }: AgentConfig): string[] =>
  llm.provider !== DIRECT && llm.system_prompt.trim() === ""
    ? ["llm.system_prompt: empty, so the model is told nothing of its part."]
    : [];

function unusedRouting({ routing }: AgentConfig): string[] {
  if (routing === undefined) return [];
  const other = routing.strategy === "llm" ? "gatekeeper" : "llm";
  return routing[other] === undefined
    ? []
    : [`routing.${other}: not used, since routing.strategy is "${routing.strategy}".`];
}
