import type { SchemaNode } from "../base/json-schema.ts";
import * as z from "../base/zod.ts";
import type { Checked, Tool, ToolContext, ToolResult } from "../runtime/ports/tool.ts";
import { problemsIn, type ToolProblem } from "./problems.ts";
import { withoutNulls } from "./without-nulls.ts";

export interface ZodToolSpec<Input extends z.ZodMiniObject> {
  name: string;
  description: string;
  /** A strict object; every field described, for the model. */
  input: Input;
  /** Time limit of one call, in ms. */
  timeoutMs?: number;
  run(input: z.output<Input>, ctx: ToolContext): Promise<ToolResult>;
}

/** A tool whose arguments are checked by a zod schema, which also makes the JSON Schema that the model sees. */
export function zodTool<Input extends z.ZodMiniObject>(spec: ZodToolSpec<Input>): Tool {
  let made: SchemaNode | undefined;
  // Made when first asked for: an agent that starts has no time to lose.
  const parameters = () => (made ??= jsonSchemaOf(spec.input));
  return {
    name: spec.name,
    description: spec.description,
    get parameters() {
      return parameters();
    },
    ...(spec.timeoutMs !== undefined && { timeoutMs: spec.timeoutMs }),
    check: (args) => checkArguments(spec.input, withoutNulls(args), parameters),
    async run(input, ctx) {
      ctx.signal.throwIfAborted();
      return spec.run(input as z.output<Input>, ctx); // the runtime passes on what check() returned
    },
  };
}

/** JSON Schema, draft 2020-12, of what may be written. */
export function jsonSchemaOf(schema: z.ZodMiniType): SchemaNode {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    override({ jsonSchema }) {
      // Says nothing, and some LLM APIs refuse the keyword.
      if (jsonSchema.propertyNames && Object.keys(jsonSchema.propertyNames).join() === "type") {
        delete jsonSchema.propertyNames;
      }
    },
  });
  return rest as SchemaNode;
}

function checkArguments(input: z.ZodMiniObject, data: unknown, parameters: () => SchemaNode): Checked {
  const parsed = input.safeParse(data);
  if (parsed.success) return { ok: true, value: parsed.data };
  const checked = { data, schema: parameters(), container: "object" } as const;
  return { ok: false, problems: problemsIn(parsed.error.issues, checked).map(oneLine) };
}

const oneLine = ({ path, message, hint }: ToolProblem): string =>
  `${path.length === 0 ? "the arguments" : path.join(".")}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
