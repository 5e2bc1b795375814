import { z } from "zod";

/**
 * `[tools]`: every tool an agent may call (its allow-list). Forms taken:
 *   name = "builtin"                                     the built-in tool of that name
 *   name = "serper"                                      an implementation, without options
 *   name = { impl = "…", config = { … } }                an implementation with options
 *   name = { impl = "…", option = … }                    the same, flat
 *   [[tools]] name = "…" implementation = "…"            the peer implementation's list form
 */
const tableForm = z.looseObject({
  impl: z.string().describe("Implementation: builtin, or one of the tool's own (serper, brave, mcp, …)."),
  config: z.record(z.string(), z.unknown()).optional().describe("Options of the tool."),
});

const listForm = z.looseObject({
  name: z.string(),
  implementation: z.string().optional(),
  impl: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
});

/** A tool as the config names it, in one form. Options are checked by the tool's own schema: see tools/table.ts. */
export interface ToolSetting {
  name: string;
  impl: string;
  options: Record<string, unknown>;
}

type TableForm = z.output<typeof tableForm>;

const fromTable = ([name, value]: [string, string | TableForm]): ToolSetting => {
  if (typeof value === "string") return { name, impl: value, options: {} };
  const { impl, config, ...flat } = value;
  return { name, impl, options: { ...flat, ...config } };
};

const fromList = ({
  name,
  implementation,
  impl,
  config,
  ...flat
}: z.output<typeof listForm>): ToolSetting => ({
  name,
  impl: implementation ?? impl ?? "builtin",
  options: { ...flat, ...config },
});

export const toolsSection = z
  .union([z.array(listForm), z.record(z.string(), z.union([z.string(), tableForm]))])
  .transform((tools): ToolSetting[] =>
    Array.isArray(tools) ? tools.map(fromList) : Object.entries(tools).map(fromTable),
  )
  .describe("Tools the model may call; no other is ever run.");
