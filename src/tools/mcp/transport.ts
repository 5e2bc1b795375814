import { isAbsolute, resolve } from "node:path";
import type { Transport } from "@modelcontextprotocol/client";
import type { Env } from "../../base/env.ts";
import type { Logger } from "../../log/logger.ts";
import type { Fetch } from "../factory.ts";
import type { McpOptions } from "./options.ts";

export interface TransportDeps {
  options: McpOptions;
  token: string | undefined;
  env: Env;
  baseDir: string;
  log: Logger;
  fetch: Fetch;
}

/** A way to the server that is not yet begun. */
export interface Channel {
  transport: Transport;
  /** The last that the server's program wrote on standard error. */
  lastWords(): string;
  /** HTTP with a session: losing it means starting over (MCP 2025-11-25, Session Management). */
  hasSession(): boolean;
}

export const openChannel = (deps: TransportDeps): Promise<Channel> =>
  deps.options.url === undefined ? overStdio(deps) : overHttp(deps, new URL(deps.options.url));

const LAST_WORDS = 500;

async function overStdio({ options, env, baseDir, log }: TransportDeps): Promise<Channel> {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const { PATH, HOME } = env;
  const transport = new StdioClientTransport({
    command: programOf(options.command ?? "", baseDir),
    args: options.args,
    // The SDK adds what is harmless and customary: USER, SHELL, TERM, LOGNAME.
    env: { ...(PATH !== undefined && { PATH }), ...(HOME !== undefined && { HOME }), ...options.env },
    cwd: resolve(baseDir, options.cwd ?? "."),
    stderr: "pipe",
  });
  let words = "";
  transport.stderr?.on("data", (chunk: Buffer) => {
    const text = chunk.toString("utf8");
    words = (words + text).slice(-LAST_WORDS);
    log.debug({ stderr: text.trimEnd() }, "MCP server wrote on standard error");
  });
  return { transport, lastWords: () => words.trim(), hasSession: () => false };
}

/** A path is taken from the config's folder, like all others; a bare name is looked up in PATH. */
const programOf = (command: string, baseDir: string): string =>
  command.includes("/") && !isAbsolute(command) ? resolve(baseDir, command) : command;

async function overHttp({ options, token, fetch }: TransportDeps, url: URL): Promise<Channel> {
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: options.headers },
    ...(token !== undefined && { authProvider: { token: async () => token } }),
    // Streams of notifications may be silent for long; a redirect would take the headers' secrets to another host.
    fetch: (input, init) => fetch(String(input), { ...init, timeout: false, redirect: "error" }),
  });
  return { transport, lastWords: () => "", hasSession: () => transport.sessionId !== undefined };
}
