import { envName } from "../../base/env-name.ts";
import * as z from "../../base/zod.ts";

const ONLY_WITH_COMMAND = ["args", "env", "cwd"] as const;
const ONLY_WITH_URL = ["headers", "token_env"] as const;

function optionsTable() {
  const names = z.array(z.string().check(z.minLength(1)));
  const texts = z.record(z.string(), z.string());
  return z.strictObject({
    command: z.described(
      z.optional(z.string().check(z.minLength(1))),
      "Program that is the server; it speaks MCP on its standard input and output.",
    ),
    args: z.described(z._default(z.array(z.string()), []), "Arguments of the command."),
    env: z.described(
      z._default(texts, {}),
      "Environment variables of the command. Of the agent's own it gets only PATH, HOME, USER, SHELL and the like.",
    ),
    cwd: z.described(z.optional(z.string()), "Folder the command runs in; default: the config's folder."),
    url: z.described(
      z.optional(z.url({ protocol: /^https?$/ })),
      "Address of a server that speaks MCP by streamable HTTP.",
    ),
    headers: z.described(z._default(texts, {}), "Headers sent to the server with every request."),
    token_env: z.described(z.optional(envName()), "Environment variable of the bearer token for the server."),
    include: z.described(z.optional(names), "Only these of the server's tools; * stands for any characters."),
    exclude: z.described(
      z._default(names, []),
      "Not these of the server's tools; * stands for any characters.",
    ),
    prefix: z.described(
      z._default(z.boolean(), true),
      "Put this entry's name before the names of its tools: github_search rather than search.",
    ),
    protocol: z.described(
      z._default(z.enum(["auto", "2026-07-28", "2025-11-25"]), "auto"),
      "Protocol revision; auto tries the newer and falls back to the older.",
    ),
    timeout: z.described(
      z._default(z.number().check(z.positive(), z.maximum(86_400)), 60),
      "Seconds one call may take.",
    ),
    connect_timeout: z.described(
      z._default(z.number().check(z.positive(), z.maximum(3600)), 60),
      "Seconds the server may take to start and to list its tools.",
    ),
  });
}
export type McpOptions = z.output<ReturnType<typeof optionsTable>>;

export const mcpOptions = () => optionsTable().check(z.superRefine(checkServer));

function checkServer(options: McpOptions, ctx: z.core.$RefinementCtx): void {
  if ((options.command === undefined) === (options.url === undefined)) {
    const message =
      options.url === undefined
        ? "missing: expected command (a program to run) or url (a server to connect to)"
        : "command and url exclude each other: a server is run, or connected to";
    ctx.addIssue({ code: "custom", path: [options.url === undefined ? "command" : "url"], message });
    return;
  }
  for (const key of options.url === undefined ? ONLY_WITH_URL : ONLY_WITH_COMMAND) {
    if (isEmpty(options[key])) continue;
    const owner = options.url === undefined ? "url" : "command";
    ctx.addIssue({ code: "custom", path: [key], message: `${key} goes only with ${owner}` });
  }
}

const isEmpty = (value: string | readonly string[] | Record<string, string> | undefined): boolean =>
  value === undefined || Object.keys(value).length === 0;
