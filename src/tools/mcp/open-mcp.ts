import { systemClock } from "../../base/clock.ts";
import { secretFrom } from "../../base/env-secret.ts";
import { valueRedactor } from "../../base/redact.ts";
import type { Check } from "../../runtime/ports/health.ts";
import type { Tool } from "../../runtime/ports/tool.ts";
import { credentialsIn } from "../credential-header.ts";
import type { OpenTools, Setting, ToolSetup } from "../factory.ts";
import { schemaCompiler } from "./arguments.ts";
import { type Connection, connect } from "./connection.ts";
import { connectFailure } from "./failure.ts";
import type { McpOptions } from "./options.ts";
import { type RemoteToolDeps, remoteTools } from "./remote-tools.ts";
import { type Channel, openChannel } from "./transport.ts";

/** Connects to the server; its tools are always those it has at the moment. */
export async function openMcp(setting: Setting<McpOptions>, setup: ToolSetup): Promise<OpenTools> {
  const { options } = setting;
  const token = tokenOf(options, setup);
  const { log } = setup;
  let tools: readonly Tool[] = [];
  const deps: RemoteToolDeps = {
    setting,
    call: (...args) => connection.call(...args),
    compile: await schemaCompiler(),
    redact: valueRedactor([...credentialsIn(options.headers), ...token]),
    log,
  };
  const connection = await connectTo(setting, setup, token, (offered) => {
    tools = remoteTools(offered, deps);
    log.debug({ tools: tools.map(({ name }) => name) }, "tools of the MCP server");
  });
  return {
    get tools() {
      return tools;
    },
    check: () => health(connection, tools.length),
    close: () => connection.close(),
  };
}

/** The bearer token, if there is one. */
const tokenOf = ({ token_env }: McpOptions, { env }: ToolSetup): string[] =>
  token_env === undefined
    ? []
    : [secretFrom(env, token_env, { what: "no token for the MCP server", key: "token_env" })];

/** Rejects with an ExpectedError that says what the server's program said last. */
async function connectTo(
  { options }: Setting<McpOptions>,
  { env, baseDir, log, clock = systemClock, fetch: ownFetch = fetch, signal }: ToolSetup,
  [token]: string[],
  onTools: Parameters<typeof connect>[0]["onTools"],
): Promise<Connection> {
  let channel: Channel | undefined;
  const open = async () => {
    channel = await openChannel({ options, token, env, baseDir, log, fetch: ownFetch });
    return channel;
  };
  try {
    return await connect({ options, log, clock, openChannel: open, onTools }, signal);
  } catch (thrown) {
    const withoutSecrets = valueRedactor([
      ...Object.values(options.env),
      ...(token === undefined ? [] : [token]),
    ]);
    throw connectFailure(thrown, options, withoutSecrets(channel?.lastWords() ?? ""));
  }
}

function health(connection: Connection, tools: number): Check {
  const peer = connection.peer();
  if (peer !== undefined) return { status: "healthy", ...peer, tools };
  const reason = connection.lastFailure();
  const message = `the MCP server is gone${reason === undefined ? "" : ` (${reason})`}; the next call connects again`;
  return { status: "degraded", message, tools };
}
