import { type Path, valueAt } from "../base/path.ts";
import * as z from "../base/zod.ts";
import { type ToolSetting, toolsSection } from "../tools/config.ts";
import type { ToolProblem } from "../tools/problems.ts";
import { type AgentConfig, agentConfigSchema } from "./agent-config.ts";
import type { ConfigFeatures } from "./features.ts";
import { isTable, pathKey, type Table } from "./paths.ts";
import type { DataProblem } from "./problems/data-problem.ts";
import { asBoolean, asNumber, meantAs, replaceAt } from "./values/coerce.ts";
import type { Override } from "./values/overrides.ts";
import type { VariableUse } from "./values/substitute.ts";

export interface Validated {
  config: AgentConfig | undefined;
  issues: z.core.$ZodIssue[];
  /** Mistakes in the tools' options, at their places in the data. */
  tools: DataProblem[];
  settings: ToolSetting[];
}

/** Checks the data against the schema; text that variables and overrides supplied is fitted to what is wanted. */
export function validate(
  data: Table,
  uses: ReadonlyMap<string, VariableUse>,
  applied: ReadonlyMap<string, Override>,
  features: ConfigFeatures,
): Validated {
  const supplied = (path: Path) => uses.get(pathKey(path))?.whole === true || applied.has(pathKey(path));
  let result = parse(data);
  const fitted = fit(data, result.error?.issues ?? [], supplied);
  const fittedTools = [...uses.values()].some(isWholeOption) && fitTools(data, supplied, features);
  if (fitted || fittedTools) result = parse(data);
  // The tools are checked though another section fails, so that everything wrong is said at once.
  const settings = result.success ? result.data.tools : readableTools(data["tools"]);
  const tools = features.checkToolSettings(settings).map((problem) => toolProblem(problem, data["tools"]));
  const config = result.success ? result.data : undefined;
  return { config, issues: result.error?.issues ?? [], tools, settings };
}

const parse = (data: Table) => z.parseOnce(agentConfigSchema, data);

const isWholeOption = ({ path, whole }: VariableUse): boolean => whole && path[0] === "tools";

type Supplied = (path: Path) => boolean;

/**
 * Changes text for an option of a tool that may be meant as a number or a boolean. Only the tool knows what it wants,
 * so it is asked: the value stays changed if the tool then has nothing against it.
 */
function fitTools(data: Table, supplied: Supplied, features: ConfigFeatures): boolean {
  const places = () =>
    features
      .checkToolSettings(readableTools(data["tools"]))
      .map((problem) => placeInTools(problem.path, data["tools"]));
  let changed = false;
  for (const place of places().filter(supplied)) {
    const text = valueAt(data, place);
    const meant = typeof text === "string" ? (asNumber(text) ?? asBoolean(text)) : undefined;
    if (meant === undefined) continue;
    replaceAt(data, place, meant);
    if (places().some((still) => pathKey(still) === pathKey(place))) replaceAt(data, place, text);
    else changed = true;
  }
  return changed;
}

/** The tools that can be read, though others cannot. */
function readableTools(tools: unknown): ToolSetting[] {
  const single = Array.isArray(tools)
    ? tools.map((tool) => [tool])
    : Object.entries(isTable(tools) ? tools : {}).map(([name, tool]) => ({ [name]: tool }));
  return single.flatMap((tool) => z.parseOnce(toolsSection, tool).data ?? []);
}

/** Changes text that is meant otherwise, in place; tells whether there was any. */
function fit(data: Table, issues: readonly z.core.$ZodIssue[], supplied: Supplied): boolean {
  let changed = false;
  for (const issue of issues) {
    const path = issue.path.filter((part) => typeof part !== "symbol");
    const value = valueAt(data, path);
    const meant = supplied(path) && typeof value === "string" ? meantAs(issue, value) : undefined;
    if (meant === undefined) continue;
    replaceAt(data, path, meant);
    changed = true;
  }
  return changed;
}

function toolProblem({ path, message, hint }: ToolProblem, tools: unknown): DataProblem {
  const place = placeInTools(path, tools);
  const at = valueAt(tools, place.slice(1)) === undefined ? "table" : "value";
  return { kind: "value", path: place, at, message, ...(hint !== undefined && { hint }) };
}

/** Where a tool's option stands in the form that this file uses: flat, under `config`, or in a `[[tools]]` list. */
function placeInTools(path: Path, tools: unknown): Path {
  const [name, ...option] = path;
  const index = Array.isArray(tools) ? tools.findIndex((tool) => isTable(tool) && tool["name"] === name) : -1;
  const tool: Path = index >= 0 ? [index] : [name!];
  const nested = [...tool, "config", ...option];
  const place =
    option.length > 0 && valueAt(tools, nested.slice(0, 3)) !== undefined ? nested : [...tool, ...option];
  return ["tools", ...place];
}
