import { closest } from "../base/did-you-mean.ts";
import type { SchemaNode } from "../base/json-schema.ts";
import * as z from "../base/zod.ts";
import type { ToolSetting } from "./config.ts";
import { deployModel, tensorrtWorker } from "./deploy-model/factories.ts";
import { echo } from "./echo.ts";
import type { ToolFactory } from "./factory.ts";
import { fileRead, fileWrite } from "./files/factories.ts";
import { httpRequest } from "./http/factory.ts";
import { mcp } from "./mcp/factory.ts";
import { modelCar } from "./model-car/factory.ts";
import { problemsIn, type ToolProblem } from "./problems.ts";
import { brave, searxng, serper, tavily } from "./search/factories.ts";
import { jsonSchemaOf } from "./zod-tool.ts";

/** Every kind of tool there is. A new one: its file, and a line here. */
export const toolFactories: readonly ToolFactory[] = [
  httpRequest,
  serper,
  brave,
  tavily,
  searxng,
  fileRead,
  fileWrite,
  mcp,
  modelCar,
  deployModel,
  tensorrtWorker,
  echo,
];

/** What the LLM APIs take as the name of a tool. */
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** The factory that a setting means, or undefined. */
export function factoryOf({ name, impl }: Pick<ToolSetting, "name" | "impl">): ToolFactory | undefined {
  const wanted = impl === "builtin" ? name : impl;
  return toolFactories.find((factory) => factory.name === wanted || factory.impls.includes(wanted));
}

/**
 * Everything that is wrong with the tools of a config. Paths are relative to the `tools` table and do not say whether
 * an option stands beside `impl` or under `config`: `["web_search", "max_results"]`.
 */
export function checkToolSettings(settings: readonly ToolSetting[]): ToolProblem[] {
  return settings.flatMap((setting, i) => [
    ...nameProblems(setting.name, settings.slice(0, i)),
    ...optionProblems(setting),
  ]);
}

function nameProblems(name: string, before: readonly ToolSetting[]): ToolProblem[] {
  if (!TOOL_NAME.test(name)) {
    const message = "not a name for a tool: expected 1 to 64 letters, digits, '_' and '-'";
    return [{ path: [name], message }];
  }
  const taken = before.some((other) => other.name === name);
  return taken ? [{ path: [name], message: "another tool has this name already" }] : [];
}

function optionProblems(setting: ToolSetting): ToolProblem[] {
  const factory = factoryOf(setting);
  if (factory === undefined) return [unknownTool(setting)];
  const schema = factory.options();
  const parsed = z.parseOnce(schema, setting.options);
  if (parsed.success) return [];
  const checked = { data: setting.options, schema: jsonSchemaOf(schema) };
  return problemsIn(parsed.error.issues, checked).map((problem) => ({
    ...problem,
    path: [setting.name, ...problem.path],
  }));
}

function unknownTool({ name, impl }: ToolSetting): ToolProblem {
  const builtins = toolFactories.map((factory) => factory.name);
  if (impl === "builtin") {
    const hint =
      suggestion(name, builtins) ?? `built in are ${builtins.join(", ")}; or name one with impl = "…"`;
    return { path: [name], message: `there is no built-in tool "${name}"`, hint };
  }
  const impls = ["builtin", ...toolFactories.flatMap((factory) => [factory.name, ...factory.impls])];
  const hint = suggestion(impl, impls) ?? `known: ${impls.join(", ")}`;
  return { path: [name, "impl"], message: `there is no tool implementation "${impl}"`, hint };
}

function suggestion(word: string, known: readonly string[]): string | undefined {
  const meant = closest(word, known);
  return meant === undefined ? undefined : `did you mean "${meant}"?`;
}

/** Names of the environment variables that the tools read secrets from, each once. */
export function toolSecretEnvs(settings: readonly ToolSetting[]): string[] {
  return [...new Set(settings.flatMap((setting) => factoryOf(setting)?.secretEnvs(setting) ?? []))];
}

/** What is not wrong with the tools of a config but should be known, each a sentence that begins with the place. */
export const toolWarnings = (settings: readonly ToolSetting[]): string[] =>
  settings.flatMap((setting) =>
    (factoryOf(setting)?.warnings(setting) ?? []).map(
      ({ option, message }) => `tools.${setting.name}.${option}: ${message}`,
    ),
  );

/** A kind of tool, for editors and the reference page. */
export interface ToolDescription {
  /** Name for which `"builtin"` means it. */
  tool: string;
  /** Values of `impl` that mean it. */
  impls: readonly string[];
  summary: string;
  /** JSON Schema (draft 2020-12) of its options. */
  options: SchemaNode;
}

/** Every kind of tool with the schema of its options. */
export const toolDescriptions = (): ToolDescription[] =>
  toolFactories.map(({ name, impls, summary, options }) => ({
    tool: name,
    impls: [name, ...impls],
    summary,
    options: jsonSchemaOf(options()),
  }));
