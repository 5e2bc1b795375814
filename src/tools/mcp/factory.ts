import { systemClock } from "../../base/clock.ts";
import { valueRedactor } from "../../base/redact.ts";
import type { Check } from "../../runtime/ports/health.ts";
import type { Tool } from "../../runtime/ports/tool.ts";
import { type OpenTools, type Setting, type ToolSetup, toolFactory } from "../factory.ts";
import { secretFrom } from "../secrets.ts";
import type { Connection, ConnectionDeps } from "./connection.ts";
import { type McpOptions, mcpOptions } from "./options.ts";
import type { Channel } from "./transport.ts";

export const mcp = toolFactory({
  name: "mcp",
  summary: "Every tool of an MCP server, run as a program (stdio) or reached by streamable HTTP.",
  options: mcpOptions,
  secretEnvs: ({ options }) => (options.token_env === undefined ? [] : [options.token_env]),
  open: openMcp,
});

async function openMcp(setting: Setting<McpOptions>, setup: ToolSetup): Promise<OpenTools> {
  const { options } = setting;
  const token = options.token_env === undefined ? undefined : tokenFrom(options.token_env, setup);
  const [{ connect }, { remoteTools }, { schemaCompiler }, { openChannel }] = await Promise.all([
    import("./connection.ts"),
    import("./remote-tools.ts"),
    import("./arguments.ts"),
    import("./transport.ts"),
  ]);
  const compile = await schemaCompiler();
  const redact = valueRedactor([...Object.values(options.headers), ...(token === undefined ? [] : [token])]);
  const { env, baseDir, log } = setup;
  let tools: Tool[] = [];
  let connection: Connection | undefined;
  let channel: Channel | undefined;
  const deps: ConnectionDeps = {
    options,
    log,
    clock: setup.clock ?? systemClock,
    openChannel: async () => {
      channel = await openChannel({ options, token, env, baseDir, log, fetch: setup.fetch ?? fetch });
      return channel;
    },
    onTools(offered) {
      const call: Connection["call"] = (...args) => connection!.call(...args);
      tools = remoteTools(offered, { setting, connection: { call }, compile, log, redact });
      log.debug({ tools: tools.map(({ name }) => name) }, "tools of the MCP server");
    },
  };
  try {
    connection = await connect(deps, setup.signal);
  } catch (thrown) {
    const { connectFailure } = await import("./failure.ts");
    const withoutSecrets = valueRedactor([
      ...Object.values(options.env),
      ...(token === undefined ? [] : [token]),
    ]);
    throw connectFailure(thrown, options, withoutSecrets(channel?.lastWords() ?? ""));
  }
  const open = connection;
  return {
    get tools() {
      return tools;
    },
    check: () => health(open, tools.length),
    close: () => open.close(),
  };
}

const tokenFrom = (variable: string, { env }: ToolSetup): string =>
  secretFrom(env, variable, { what: "no token for the MCP server", key: "token_env" });

function health(connection: Connection, tools: number): Check {
  const peer = connection.peer();
  if (peer !== undefined) return { status: "healthy", ...peer, tools };
  const reason = connection.lastFailure();
  const message = `the MCP server is gone${reason === undefined ? "" : ` (${reason})`}; the next call connects again`;
  return { status: "degraded", message, tools };
}
