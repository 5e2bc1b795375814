import { afterEach } from "bun:test";
import { resolve } from "node:path";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import type { ToolResult } from "../../runtime/ports/tool.ts";
import type { OpenTools, ToolSetup } from "../factory.ts";
import { mcp } from "./factory.ts";

const baseDir = resolve(import.meta.dir, "../../../test/peers");
const env = { PATH: process.env["PATH"], HOME: process.env["HOME"] };

/** Opens MCP servers under the name `srv`, and closes them after each test. */
export function mcpOpener() {
  const opened: OpenTools[] = [];
  afterEach(async () => {
    for (const open of opened.splice(0)) await open.close?.();
  });
  return async (options: Record<string, unknown>, setup: Partial<ToolSetup> = {}): Promise<OpenTools> => {
    const setting = { name: "srv", impl: "mcp", options };
    const open = await mcp.open(setting, { env, baseDir, log: silent, ...setup });
    opened.push(open);
    return open;
  };
}

/** Options for the test server as a program of its own. */
export const stdio = (era: string, options: Record<string, unknown> = {}) => ({
  command: process.execPath,
  args: ["mcp-server.ts", era],
  ...options,
});

export const names = (open: OpenTools): string[] => open.tools.map(({ name }) => name);

export function call(
  open: OpenTools,
  name: string,
  args: unknown = {},
  ctx = toolContext(),
): Promise<ToolResult> {
  const tool = open.tools.find((tool) => tool.name === name);
  if (tool === undefined) throw new Error(`no tool ${name} among ${names(open).join(", ")}`);
  const checked = tool.check(args);
  if (!checked.ok) throw new Error(checked.problems.join("; "));
  return tool.run(checked.value, ctx);
}
