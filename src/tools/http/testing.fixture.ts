import { toolContext } from "../../../test/peers/tool-context.ts";
import { silent } from "../../log/logger.ts";
import type { Tool, ToolResult } from "../../runtime/ports/tool.ts";
import type { ToolSetup } from "../factory.ts";
import { httpRequest } from "./factory.ts";

export type Handler = (request: Request) => Response | Promise<Response>;
export type Args = Record<string, unknown>;

export const serve = (fetch: Handler, hostname = "127.0.0.1") =>
  Bun.serve({ port: 0, hostname, idleTimeout: 0, fetch });

/** `*.test` is the loopback here; the model may reach only what ends in `public.test`. */
const resolve = async (host: string) => [host === "second.public.test" ? "127.0.0.2" : "127.0.0.1"];
export const PUBLIC = ["*.public.test"];

export async function tool(options: Args = {}, setup: Partial<ToolSetup> = {}): Promise<Tool> {
  const { tools } = await httpRequest.open(
    { name: "http_request", impl: "builtin", options: { allow_private: PUBLIC, ...options } },
    { env: {}, baseDir: "/", log: silent, resolve, ...setup },
  );
  return tools[0]!;
}

export async function call(
  args: Args,
  options: Args = {},
  setup: Partial<ToolSetup> = {},
): Promise<ToolResult> {
  const made = await tool(options, setup);
  const checked = made.check(args);
  if (!checked.ok) throw new Error(checked.problems.join("; "));
  return made.run(checked.value, toolContext());
}
