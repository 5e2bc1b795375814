import { expectation } from "../../base/expectation.ts";
import { keysOf, type SchemaNode } from "../../base/json-schema.ts";
import type { ToolDescription } from "../../tools/table.ts";
import { showPath } from "../paths.ts";
import { ENVIRONMENT_OVERRIDES } from "../values/overrides.ts";
import { tidy } from "./json-schema.ts";
import { configSchema, type KnownTable, knownTables } from "./schema-facts.ts";

/** The reference page of the config, in Markdown: everything in it comes from the schemas. */
export function referencePage(tools: readonly ToolDescription[]): string {
  const schema = tidy(configSchema());
  const tables = knownTables(schema).map((table) =>
    section(table, schema.required?.includes(table.name) === true),
  );
  const at = keysOf(schema).indexOf("tools");
  const before = knownTables(schema).filter(
    ({ name }) => keysOf(schema).indexOf(name.split(".")[0]!) < at,
  ).length;
  return [
    INTRODUCTION,
    overridesTable(),
    ...tables.slice(0, before),
    toolsSection(schema.properties?.["tools"], tools),
    ...tables.slice(before),
  ]
    .join("\n\n")
    .concat("\n");
}

const INTRODUCTION = `# The config of an agent

<!-- Made by \`bun scripts/generate.ts\` from the schemas in src/*/config.ts and src/tools. Do not edit. -->

An agent is one TOML file. \`agent2389 validate\` checks it and tells everything that is wrong at once, each with its
line; \`agent2389 config --show\` prints what takes effect and where each value came from. Keys that nobody knows are
refused.

This is enough for a first agent:

\`\`\`toml
[agent]
id = "helper"

[llm]
provider = "openai"
model = "gpt-5.4-mini"
system_prompt = "Answer in one paragraph."
\`\`\`

\`agent2389 new\` writes fuller ones from templates.

For completion and checks in an editor (Even Better TOML, Taplo, Tombi), begin the file with a line that says where
the JSON Schema is:

\`\`\`toml
#:schema ./agent.schema.json
\`\`\`

\`agent2389 schema\` prints it; in this repository it is \`config/agent.schema.json\`.

## Variables

In every value that is a string, variables of the environment are filled in after the file was read: what a variable
holds can never become another key or table.

| written | becomes |
|---|---|
| \`\${VAR}\` | the value of \`VAR\`; an error when it is not set |
| \`\${VAR:-text}\` | the value of \`VAR\`, or \`text\` when it is not set or empty |
| \`$\${VAR}\` | the text \`\${VAR}\` |

Where a number, \`true\` or \`false\` is expected, a string that is one \`\${VAR}\` and nothing else is read as one:
\`port = "\${PORT:-8080}"\`.

## Secrets

A secret never stands in the file. Keys that end in \`_env\` take the *name* of the variable that holds it:
\`api_key_env = "OPENAI_API_KEY"\`. Literal keys, tokens and passwords are refused, also in URLs and in prompts. What
these variables hold is masked in logs and in \`config --show\`.

White space around a secret, as the line break at the end of a file, is no part of it.

## Paths

A relative path in the file is taken from the folder that the file is in; for an agent that is part of the program, from
the working folder. Those of options and environment variables are taken from the working folder.

## What comes first

Options of the command line come before the environment, and these variables before the file. An empty variable counts
as not set.`;

function overridesTable(): string {
  const rows = ENVIRONMENT_OVERRIDES.map(([name, path]) => `| \`${name}\` | \`${showPath(path)}\` |`);
  return ["| variable | key |", "|---|---|", ...rows].join("\n");
}

function section({ header, node }: KnownTable, required: boolean): string {
  const about = `${node.description ?? ""}${required ? " Required." : ""}`;
  return [`## \`${header}\``, about, keyTable(node)].filter((part) => part !== "").join("\n\n");
}

function keyTable(node: SchemaNode): string {
  const rows = keysOf(node)
    .filter((key) => !hasOwnSection(node.properties![key]!))
    .map((key) => keyRow(key, node.properties![key]!, node.required?.includes(key) === true));
  return rows.length === 0
    ? ""
    : ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

const hasOwnSection = (node: SchemaNode): boolean => keysOf(node).length > 0 || keysOf(node.items).length > 0;

function keyRow(key: string, node: SchemaNode, required: boolean): string {
  const cells = [
    `\`${key}\``,
    cell(expectation(node)),
    required ? "**required**" : defaultOf(node),
    cell(node.description ?? ""),
  ];
  return `| ${cells.join(" | ")} |`;
}

const cell = (text: string): string =>
  text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/\s+/g, " ");

const defaultOf = (node: SchemaNode): string =>
  node.default === undefined ? "" : `\`${cell(JSON.stringify(node.default))}\``;

function toolsSection(node: SchemaNode | undefined, tools: readonly ToolDescription[]): string {
  return [`## \`[tools]\``, node?.description ?? "", TOOL_FORMS, ...tools.map(toolSection)].join("\n\n");
}

const TOOL_FORMS = `The name of the entry is the name the model calls it by; \`impl\` is what does it. Options stand beside \`impl\` or
under \`config\`:

\`\`\`toml
[tools]
http_request = "builtin"                                     # without options
web_search = { impl = "serper", api_key_env = "SERPER_API_KEY" }
docs = { impl = "http_request", config = { timeout = 10 } }  # under a name of your own
\`\`\`

The list of the peer implementation is read too:

\`\`\`toml
[[tools]]
name = "web_search"
implementation = "serper"
[tools.config]
api_key_env = "SERPER_API_KEY"
\`\`\``;

function toolSection({ tool, impls, summary, options }: ToolDescription): string {
  const names = impls.map((impl) => `\`"${impl}"\``).join(", ");
  const table = keyTable(tidy(options));
  return [`### \`${tool}\``, `${summary} \`impl\`: ${names}.`, table]
    .filter((part) => part !== "")
    .join("\n\n");
}
