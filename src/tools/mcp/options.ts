import { z } from "zod";

const ONLY_WITH_COMMAND = ["args", "env", "cwd"] as const;
const ONLY_WITH_URL = ["headers", "token_env"] as const;

const names = z.array(z.string().min(1));

export const mcpOptions = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .optional()
      .describe("Program that is the server; it speaks MCP on its standard input and output."),
    args: z.array(z.string()).default([]).describe("Arguments of the command."),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        "Environment variables of the command. Of the agent's own it gets only PATH, HOME, USER, SHELL and the like.",
      ),
    cwd: z.string().optional().describe("Folder the command runs in; default: the config's folder."),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Address of a server that speaks MCP by streamable HTTP."),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe("Headers sent to the server with every request."),
    token_env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable")
      .optional()
      .describe("Environment variable of the bearer token for the server."),
    include: names.optional().describe("Only these of the server's tools; * stands for any characters."),
    exclude: names.default([]).describe("Not these of the server's tools; * stands for any characters."),
    prefix: z
      .boolean()
      .default(true)
      .describe("Put this entry's name before the names of its tools: github_search rather than search."),
    protocol: z
      .enum(["auto", "2026-07-28", "2025-11-25"])
      .default("auto")
      .describe("Protocol revision; auto tries the newer and falls back to the older."),
    timeout: z.number().positive().max(86_400).default(60).describe("Seconds one call may take."),
    connect_timeout: z
      .number()
      .positive()
      .max(3600)
      .default(60)
      .describe("Seconds the server may take to start and to list its tools."),
  })
  .superRefine((options, ctx) => {
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
  });
export type McpOptions = z.output<typeof mcpOptions>;

const isEmpty = (value: string | readonly string[] | Record<string, string> | undefined): boolean =>
  value === undefined || Object.keys(value).length === 0;
