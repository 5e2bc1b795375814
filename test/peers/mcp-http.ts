import {
  createMcpHandler,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { mcpTools } from "./mcp-tools.ts";

export interface McpHttpPeer {
  url: string;
  /** Headers of every request, in order. */
  requests: Headers[];
  /** Ends it and starts it anew on the same port, as if crashed: sessions and streams are lost. */
  restart(): Promise<void>;
  /** Adds a tool, and tells those who asked to be told. */
  grow(): void;
  stop(): Promise<void>;
}

export interface McpHttpOptions {
  /** `modern`: stateless, 2026-07-28; `legacy`: with sessions, 2025-11-25. */
  era: "modern" | "legacy";
  /** Requests without this bearer token are refused. */
  token?: string;
}

interface Handler {
  fetch(request: Request): Promise<Response>;
  grow(): void;
}

/** A real MCP server that speaks streamable HTTP on the loopback. */
export async function mcpHttp({ era, token }: McpHttpOptions): Promise<McpHttpPeer> {
  const requests: Headers[] = [];
  let handler = make(era);
  const start = (port: number) =>
    Bun.serve({
      port,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch(request) {
        requests.push(request.headers);
        const allowed = token === undefined || request.headers.get("authorization") === `Bearer ${token}`;
        return allowed ? handler.fetch(request) : new Response("who are you?", { status: 401 });
      },
    });
  let server = start(0);
  const port = server.port ?? 0;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    async restart() {
      await server.stop(true);
      handler = make(era);
      server = start(port);
    },
    grow: () => handler.grow(),
    stop: () => server.stop(true),
  };
}

const make = (era: McpHttpOptions["era"]): Handler => (era === "modern" ? modern() : legacy());

const die = () => {
  throw new Error("a server by HTTP does not die of this");
};

function modern(): Handler {
  let grown = false;
  const { fetch, notify } = createMcpHandler(() => mcpTools({ die, grown }), { legacy: "reject" });
  return {
    fetch,
    grow() {
      grown = true;
      notify.toolsChanged();
    },
  };
}

/** One transport a session, as the SDK's guide has it; an unknown session is answered with 404. */
function legacy(): Handler {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const servers: McpServer[] = [];
  return {
    grow() {
      for (const server of servers) server.registerTool("grown", { description: "Came later." }, () => die());
    },
    async fetch(request) {
      const id = request.headers.get("mcp-session-id");
      const known = id === null ? undefined : sessions.get(id);
      if (known) return known.handleRequest(request);
      if (id !== null) return new Response("no such session", { status: 404 });
      const transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (session) => {
          sessions.set(session, transport);
        },
      });
      const server = mcpTools({ die });
      servers.push(server);
      await server.connect(transport);
      return transport.handleRequest(request);
    },
  };
}
