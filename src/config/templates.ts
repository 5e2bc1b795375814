import basic from "../../config/templates/basic-agent.toml.template" with { type: "text" };
import routing from "../../config/templates/routing-agent.toml.template" with { type: "text" };
import toolHeavy from "../../config/templates/tool-heavy-agent.toml.template" with { type: "text" };
import { closest } from "../base/did-you-mean.ts";
import { UsageError } from "../base/errors.ts";
import { oneOf } from "../base/one-of.ts";
import { AGENT_ID } from "../protocol/topics.ts";

export interface Template {
  name: string;
  /** One line for people. */
  summary: string;
  text: string;
}

/** What `agent2389 new` can make. */
export const TEMPLATES: readonly Template[] = [
  { name: "basic", summary: "one model with a prompt, no tools", text: basic },
  { name: "routing", summary: "passes its work on to the agent that a model chooses", text: routing },
  { name: "tool-heavy", summary: "web search, HTTP and files, within limits", text: toolHeavy },
];

export interface TemplateValues {
  /** Id of the new agent (RULE-001). */
  id: string;
  /** Address of the JSON Schema for editors, relative to the new file or a URL; without one the line is left out. */
  schema?: string;
}

/**
 * The text of a config made from a template, which is named as in {@link TEMPLATES} or by its file name. It loads as it
 * is. Throws a UsageError for an unknown template or an id that no agent may have.
 */
export function renderTemplate(template: string, { id, schema }: TemplateValues): string {
  const { text } = findTemplate(template);
  if (!AGENT_ID.test(id) || id.length > 128) throw badId(id);
  const directive = schema === undefined ? "" : `#:schema ${schema.replace(/[\r\n]/g, "")}\n`;
  return text.replace(/^#:schema .*\n/, () => directive).replaceAll("{{AGENT_ID}}", () => id);
}

/** By its name, or that of its file. Throws a UsageError when there is none. */
export function findTemplate(wanted: string): Template {
  const name = wanted.replace(/(-agent)?(\.toml)?(\.template)?$/, "");
  const found = TEMPLATES.find((template) => template.name === name);
  if (found !== undefined) return found;
  const names = TEMPLATES.map((template) => template.name);
  const meant = closest(name, names);
  throw new UsageError(`there is no template "${wanted}"`, {
    hint: meant === undefined ? `Templates: ${oneOf(names, "and")}.` : `Did you mean "${meant}"?`,
  });
}

function badId(id: string): UsageError {
  const near = id
    .trim()
    .replace(/[^a-zA-Z0-9._-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 128);
  return new UsageError(`"${id.slice(0, 60)}" cannot be the id of an agent (RULE-001)`, {
    hint: `Up to 128 letters, digits, '.', '_' and '-'${near === "" ? "" : `, as ${near}`}.`,
  });
}
