import { closest } from "../base/did-you-mean.ts";
import { stringField } from "../base/json.ts";
import type { JsonSchema } from "../runtime/ports/tool.ts";
import type { ToolSetting } from "./config.ts";
import { echo } from "./echo.ts";
import type { ToolFactory } from "./factory.ts";
import { fileRead, fileWrite } from "./files/factories.ts";
import { httpRequest } from "./http/factory.ts";
import { mcp } from "./mcp/factory.ts";
import { describeProblems, type Problem } from "./problems.ts";
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
export function checkToolSettings(settings: readonly ToolSetting[]): Problem[] {
  return settings.flatMap((setting, i) => [
    ...nameProblems(setting.name, settings.slice(0, i)),
    ...optionProblems(setting),
  ]);
}

function nameProblems(name: string, before: readonly ToolSetting[]): Problem[] {
  if (!TOOL_NAME.test(name)) {
    const message = "not a name for a tool: expected 1 to 64 letters, digits, '_' and '-'";
    return [{ path: [name], message }];
  }
  const taken = before.some((other) => other.name === name);
  return taken ? [{ path: [name], message: "another tool has this name already" }] : [];
}

function optionProblems(setting: ToolSetting): Problem[] {
  const factory = factoryOf(setting);
  if (factory === undefined) return [unknownTool(setting)];
  const schema = factory.options();
  const parsed = schema.safeParse(setting.options, { reportInput: true });
  if (parsed.success) return [];
  const known = (jsonSchemaOf(schema)["properties"] ?? {}) as Record<string, unknown>;
  return describeProblems(parsed.error.issues, Object.keys(known)).map(({ path, message, hint }) => {
    const about = message.startsWith("missing")
      ? stringField(known[String(path[0])], "description")
      : undefined;
    const advice = hint ?? about;
    return { path: [setting.name, ...path], message, ...(advice !== undefined && { hint: advice }) };
  });
}

function unknownTool({ name, impl }: ToolSetting): Problem {
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

/** One way to write a tool in `[tools]`, for editors and the reference page. */
export interface ToolForm {
  /** Name of the factory: a tool of this name may also have `impl = "builtin"`. */
  tool: string;
  /** Values of `impl` that mean it. */
  impls: string[];
  summary: string;
  /** JSON Schema (draft 2020-12) of its options. */
  options: JsonSchema;
}

/** Every kind of tool with the schema of its options. */
export const toolForms = (): ToolForm[] =>
  toolFactories.map(({ name, impls, summary, options }) => ({
    tool: name,
    impls: [name, ...impls],
    summary,
    options: jsonSchemaOf(options()),
  }));
