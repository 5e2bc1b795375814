import type { VariableFact } from "../../deploy/agent-input.ts";
import { providerOf } from "../../llm/providers.ts";
import type { AgentConfig } from "../agent-config.ts";
import type { ConfigFeatures, KeyedModels } from "../features.ts";
import { showPath } from "../paths.ts";
import { ENVIRONMENT_OVERRIDES } from "../values/overrides.ts";
import type { NamedVariable } from "../values/secret-values.ts";
import type { VariableReference } from "./references.ts";

export interface FactSources {
  config: AgentConfig;
  /** By `…_env` keys. */
  named: readonly NamedVariable[];
  references: readonly VariableReference[];
  /** Names of plain variables whose values turned out to be secrets, as a URL with a password. */
  secretByValue: ReadonlySet<string>;
  features: Pick<ConfigFeatures, "toolSecretEnvs" | "modelSecretEnvs">;
}

/** Every variable that a config has to do with, sorted by name: what it is for, and whether it can be missing. */
export function variableFacts(sources: FactSources): VariableFact[] {
  const uses = [
    ...namedUses(sources),
    ...impliedUses(sources),
    ...referenceUses(sources),
    ...givenUses(sources),
  ];
  const byName = Map.groupBy(uses, ({ name }) => name);
  return [...byName]
    .map(([name, all]) => ({
      name,
      secret: all.some(({ secret }) => secret),
      required: all.some(({ required }) => required),
      defaulted: all.every(({ defaulted }) => defaulted),
      usedBy: [...new Set(all.map(({ where }) => where))],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Use = Omit<VariableFact, "usedBy"> & { where: string };

const namedUses = ({ named }: FactSources): Use[] =>
  named.map(({ name, path }) => ({
    name,
    secret: true,
    // Brokers of one's own often ask for no login, and a model whose key is missing has another to stand in for it.
    required: path[0] !== "mqtt" && path[1] !== "fallback",
    defaulted: false,
    where: showPath(path),
  }));

const referenceUses = ({ references, secretByValue }: FactSources): Use[] =>
  references.map(({ name, path, defaulted, secret }) => ({
    name,
    secret: secret || secretByValue.has(name),
    required: !defaulted,
    defaulted,
    where: showPath(path),
  }));

/** Secrets that come before a key of the config, or that someone gives though it names them nowhere. */
function givenUses({ references, secretByValue }: FactSources): Use[] {
  const named = new Set(references.map(({ name }) => name));
  return [...secretByValue]
    .filter((name) => !named.has(name))
    .map((name) => {
      const [, path] = ENVIRONMENT_OVERRIDES.find(([variable]) => variable === name) ?? [];
      return { name, secret: true, required: true, defaulted: false, where: path ? showPath(path) : "--env" };
    });
}

/** Variables that the features read without being told to: OPENAI_API_KEY. */
function impliedUses({ config, named, features }: FactSources): Use[] {
  const { llm, routing, tools } = config;
  const told = new Set(named.map(({ name }) => name));
  const implied = (names: readonly string[], where: string, required: boolean): Use[] =>
    names
      .filter((name) => !told.has(name))
      .map((name) => ({ name, secret: true, required, defaulted: false, where }));
  const keys = (model: Omit<KeyedModels, "fallback">, where: string, spare = false): Use[] =>
    implied(
      features.modelSecretEnvs({ ...model, fallback: [] }),
      `${where}.provider`,
      !spare && providerOf(model.provider).keyRequired === true,
    );
  return [
    ...keys(llm, "llm"),
    ...llm.fallback.flatMap((model, i) => keys(model, `llm.fallback[${i}]`, true)),
    ...(routing?.llm === undefined ? [] : keys(routing.llm, "routing.llm")),
    ...tools.flatMap((tool) =>
      implied(features.toolSecretEnvs([tool]), showPath(["tools", tool.name]), true),
    ),
  ];
}
