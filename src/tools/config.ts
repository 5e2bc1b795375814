import * as z from "../base/zod.ts";

/**
 * `[tools]`: every tool an agent may call (its allow-list). Forms taken:
 *   name = "builtin"                                     the built-in tool of that name
 *   name = "serper"                                      an implementation, without options
 *   name = { impl = "…", config = { … } }                an implementation with options
 *   name = { impl = "…", option = … }                    the same, flat
 *   [[tools]] name = "…" implementation = "…"            the peer implementation's list form
 */
const options = z.optional(z.record(z.string(), z.unknown()));

const tableForm = z.looseObject({
  impl: z.described(z.string(), "Implementation: builtin, or one of the tool's own (serper, brave, mcp, …)."),
  config: z.described(options, "Options of the tool."),
});

const listForm = z.deferred(() =>
  z.looseObject({
    name: z.string(),
    implementation: z.optional(z.string()),
    impl: z.optional(z.string()),
    config: options,
  }),
);

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

const forms = z.union([z.array(listForm), z.record(z.string(), z.union([z.string(), tableForm]))]);

export const toolsSection = z.described(
  z.changed(forms, (tools): ToolSetting[] =>
    Array.isArray(tools) ? tools.map(fromList) : Object.entries(tools).map(fromTable),
  ),
  "Tools the model may call; no other is ever run.",
);
