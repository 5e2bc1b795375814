import { isLoopbackHost } from "../../base/hosts.ts";
import type { AgentConfig } from "../../config/agent-config.ts";
import { providerOf } from "../../llm/providers.ts";

/** What works on this machine and may not in a container, each a sentence that begins with the place. */
export function containerWarnings(
  { llm, routing, tools }: AgentConfig,
  env: Readonly<Record<string, string>>,
): string[] {
  const models = [
    { where: "llm", ...llm },
    ...llm.fallback.map((model, i) => ({ where: `llm.fallback[${i}]`, ...model })),
    ...(routing?.llm === undefined ? [] : [{ where: "routing.llm", ...routing.llm }]),
  ];
  return [
    ...models.flatMap(({ where, provider, base_url }) =>
      loopbackModel(where, base_url ?? standardUrl(provider, env)),
    ),
    ...tools.flatMap(({ name, options }) => [
      ...(typeof options["command"] === "string"
        ? [`tools.${name}.command: the image must hold ${options["command"]}.`]
        : []),
      ...(Array.isArray(options["allowed_paths"])
        ? [
            `tools.${name}.allowed_paths: folders of this machine are not there; mount what the agent shall see.`,
          ]
        : []),
    ]),
  ];
}

function standardUrl(provider: string, env: Readonly<Record<string, string>>): string | undefined {
  const { baseUrl, baseUrlEnv } = providerOf(provider);
  return (baseUrlEnv && env[baseUrlEnv]) || baseUrl;
}

function loopbackModel(where: string, url: string | undefined): string[] {
  const { host, hostname } = URL.parse(url ?? "") ?? { host: "", hostname: "" };
  return isLoopbackHost(hostname)
    ? [`${where}: the model at ${host} is on this machine, and out of the container's reach. Set base_url.`]
    : [];
}
