import { type Path, valueAt } from "../../base/path.ts";
import { isSecretName, redactor } from "../../base/redact.ts";
import type { ToolSetting } from "../../tools/config.ts";
import type { ParsedConfig } from "../load.ts";
import { isTable, lastKey, pathKey, type Table } from "../paths.ts";
import { type Locations, locate } from "../source/locate.ts";
import { writeToml } from "./toml-writer.ts";

/**
 * The config as it takes effect, secrets redacted: as TOML, each value with a remark that says where it came from
 * (a line of the file, a variable, an option, the default), or as JSON.
 */
export async function showConfig(loaded: ParsedConfig, format: "toml" | "json"): Promise<string> {
  const shown = mapTexts(effective(loaded), masking(loaded));
  if (format === "json") return `${JSON.stringify(shown, null, 2)}\n`;
  const locations = await locate(loaded.text);
  const heading = `# The config of ${loaded.config.agent.id} as it takes effect, from ${loaded.file}\n\n`;
  return (
    heading + writeToml(mapTexts(shown, asLiteral), (path) => remarkOn(path, { loaded, shown, locations }))
  );
}

/** The config's data with the tools in their table form, in which it can be loaded again. */
function effective({ config }: ParsedConfig): Table {
  return { ...config, tools: Object.fromEntries(config.tools.map(toolEntry)) };
}

function toolEntry({ name, impl, options }: ToolSetting): [string, string | Table] {
  return [name, Object.keys(options).length === 0 ? impl : { impl, config: options }];
}

type ChangeText = (text: string, path: Path) => string;

function masking({ secrets }: ParsedConfig): ChangeText {
  const redact = redactor(secrets);
  return (text, path) => (isSecretName(lastKey(path)) ? "[redacted]" : redact(text));
}

/** `${VAR}` that stands in a value now was meant as text. */
const asLiteral: ChangeText = (text) => text.replace(/\$\{(?=[A-Za-z_])/g, "$$$${");

function mapTexts(table: Table, change: ChangeText, path: Path = []): Table {
  const map = (value: unknown, at: Path): unknown => {
    if (typeof value === "string") return change(value, at);
    if (Array.isArray(value)) return value.map((item, i) => map(item, [...at, i]));
    return isTable(value) ? mapTexts(value, change, at) : value;
  };
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value, [...path, key])]));
}

interface RemarkContext {
  loaded: ParsedConfig;
  shown: Table;
  locations: Locations | undefined;
}

function remarkOn(path: Path, { loaded, shown, locations }: RemarkContext): string {
  const { config, uses, applied, env } = loaded;
  const override = applied.get(pathKey(path));
  if (override !== undefined) return override.source;
  const places = path[0] === "tools" ? toolPlaces(path, config.tools) : [path];
  const place = places.find((candidate) => locations?.value(candidate) !== undefined);
  if (place === undefined) return locations === undefined ? "from the file or default" : "default";
  const variables = uses.get(pathKey(place))?.names.map((name) => `\${${name}}`) ?? [];
  const name = lastKey(path).endsWith("_env") ? valueAt(shown, path) : undefined;
  const state = typeof name === "string" ? [env[name] ? "set" : "not set"] : [];
  return [`line ${locations!.value(place)!.line}`, ...variables, ...state].join(", ");
}

/** Where a tool's setting may stand in the file, whose form may be another: flat, or a `[[tools]]` list. */
function toolPlaces([, name, ...option]: Path, tools: readonly ToolSetting[]): Path[] {
  const flat = option[0] === "config" ? option.slice(1) : option;
  const index = tools.findIndex((tool) => tool.name === name);
  const inList =
    option.length === 0 || option[0] === "impl" ? [["implementation"], ["impl"], ["name"]] : [option, flat];
  return [
    ["tools", name!, ...option],
    ["tools", name!, ...flat],
    ...inList.map((rest): Path => ["tools", index, ...rest]),
  ];
}
