import { toolFactory } from "../factory.ts";
import { mcpOptions } from "./options.ts";

export const mcp = toolFactory({
  name: "mcp",
  summary: "Every tool of an MCP server, run as a program (stdio) or reached by streamable HTTP.",
  options: mcpOptions,
  secretEnvs: ({ options }) => (options.token_env === undefined ? [] : [options.token_env]),
  open: async (setting, setup) => (await import("./open-mcp.ts")).openMcp(setting, setup),
});
