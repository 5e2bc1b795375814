import type { Tool as ServerTool } from "@modelcontextprotocol/client";
import type { Redact } from "../../base/redact.ts";
import type { Logger } from "../../log/logger.ts";
import type { Tool } from "../../runtime/ports/tool.ts";
import type { Setting } from "../factory.ts";
import type { SchemaCompiler } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { toToolResult } from "./content.ts";
import { fits, isWanted, modelNames } from "./names.ts";
import type { McpOptions } from "./options.ts";

export interface RemoteToolDeps {
  setting: Setting<McpOptions>;
  call: Connection["call"];
  compile: SchemaCompiler;
  log: Logger;
  /** Takes the agent's own credentials out of what the server sends back. */
  redact: Redact;
}

/** The tools of a server that are wanted, as the agent's own. */
export function remoteTools(offered: readonly ServerTool[], deps: RemoteToolDeps): Tool[] {
  const { name, options } = deps.setting;
  warnOfStrangers(offered, deps);
  const names = modelNames(
    offered.map((tool) => tool.name),
    options.prefix ? name : undefined,
  );
  return offered.flatMap((tool, i) =>
    isWanted(tool.name, options) ? remoteTool(tool, names[i]!, deps) : [],
  );
}

/** A name in the config that fits nothing is most likely misspelt. */
function warnOfStrangers(
  offered: readonly ServerTool[],
  { setting: { options }, log }: RemoteToolDeps,
): void {
  for (const key of ["include", "exclude"] as const) {
    const strangers = (options[key] ?? []).filter((form) => !offered.some((tool) => fits(form, tool.name)));
    if (strangers.length > 0)
      log.warn({ [key]: strangers }, `${key} names tools that the MCP server does not have`);
  }
}

function remoteTool(
  tool: ServerTool,
  name: string,
  { setting, call, compile, log, redact }: RemoteToolDeps,
): Tool[] {
  const check = compile(tool.inputSchema);
  if (check === undefined) {
    log.warn(
      { serverTool: tool.name },
      "tool left out: its input schema is not valid, so no call could be checked",
    );
    return [];
  }
  const { $schema: _, ...parameters } = tool.inputSchema;
  return [
    {
      name,
      description: tool.description || tool.title || tool.name,
      parameters,
      timeoutMs: setting.options.timeout * 1000,
      check,
      async run(input, ctx) {
        ctx.signal.throwIfAborted();
        const args = input as Record<string, unknown>; // check() let only objects pass: MCP schemas are of type object
        const result = toToolResult(await call(tool.name, args, ctx));
        return { ...result, content: redact(result.content).toWellFormed() };
      },
    },
  ];
}
