import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { mcpTools } from "./mcp-tools.ts";

/**
 * A real MCP server on standard input and output, run as a program of its own: `bun mcp-server.ts [era]`, where era is
 * `both` (2026-07-28 and older, the default), `modern` or `legacy` (only one), `mute` (never answers) or `broken`
 * (ends at once).
 */
const era = process.argv[2] ?? "both";

const make = () => mcpTools({ die: () => process.exit(7), env: process.env });

if (era === "broken") {
  process.stderr.write("cannot find its licence file\n");
  process.exit(3);
} else if (era === "mute") {
  process.stdin.on("end", () => process.exit(0)).resume();
} else if (era === "legacy") {
  await make().connect(new StdioServerTransport());
} else {
  serveStdio(make, { legacy: era === "modern" ? "reject" : "serve" });
}
