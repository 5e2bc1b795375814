import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** What a test wants its server to be like, over and above the usual. */
export interface McpToolsOptions {
  /** Called by the tool `die`. */
  die(): never;
  /** Whose names the tool `environment` shows. */
  env?: Readonly<Record<string, string | undefined>>;
  /** It has the tool that `grow` adds from the start. */
  grown?: boolean;
}

const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** An MCP server with tools that behave, misbehave, hang, die and multiply. */
export function mcpTools({ die, env = {}, grown = false }: McpToolsOptions): McpServer {
  const server = new McpServer(
    { name: "test-server", version: "1.2.3" },
    { capabilities: { tools: { listChanged: true } } },
  );
  server.registerTool(
    "add",
    { description: "Adds two numbers.", inputSchema: z.object({ a: z.number(), b: z.number() }) },
    async ({ a, b }) => text(String(a + b)),
  );
  server.registerTool("files.list.all", { description: "A name that LLM APIs do not take." }, async () =>
    text("listed"),
  );
  server.registerTool("hang", { description: "Never answers." }, () => new Promise(() => {}));
  server.registerTool("die", { description: "Ends the server." }, () => die());
  server.registerTool("fail", { description: "Says that it failed." }, async () => ({
    ...text("the disk is on fire"),
    isError: true,
  }));
  server.registerTool("throw", { description: "Throws." }, async () => {
    throw new Error("it broke");
  });
  server.registerTool("mixed", { description: "All kinds of content." }, async () => ({
    content: [
      { type: "text", text: "before" },
      { type: "image", mimeType: "image/png", data: PIXEL },
      { type: "resource", resource: { uri: "file:///notes.txt", text: "noted", mimeType: "text/plain" } },
      { type: "resource", resource: { uri: "file:///blob", blob: PIXEL, mimeType: "application/x-thing" } },
      { type: "resource_link", uri: "https://example.com/doc", name: "doc", description: "A document" },
    ],
  }));
  server.registerTool(
    "structured",
    { description: "Structured content.", outputSchema: z.object({ celsius: z.number() }) },
    async () => ({ content: [], structuredContent: { celsius: 21.5 } }),
  );
  server.registerTool("environment", { description: "Names of its environment variables." }, async () =>
    text(Object.keys(env).sort().join(" ")),
  );
  server.registerTool("process", { description: "Number of its process." }, async () =>
    text(String(process.pid)),
  );
  server.registerTool("report", { description: "Tells of its progress and never ends." }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    if (progressToken === undefined) return text("no one wants to know");
    const params = { progressToken, progress: 1, total: 2, message: "half way" };
    await ctx.mcpReq.notify({ method: "notifications/progress", params });
    return new Promise(() => {});
  });
  const grow = () => server.registerTool("grown", { description: "Came later." }, async () => text("hello"));
  server.registerTool("grow", { description: "Adds a tool." }, async () => {
    grow();
    return text("grown");
  });
  if (grown) grow();
  return server;
}
