import * as z from "../base/zod.ts";
import type { Checked, JsonSchema, Tool, ToolContext, ToolResult } from "../runtime/ports/tool.ts";
import { describeProblems } from "./problems.ts";

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
  let parameters: JsonSchema | undefined;
  return {
    name: spec.name,
    description: spec.description,
    // Made when first asked for: an agent that starts has no time to lose.
    get parameters() {
      parameters ??= jsonSchemaOf(spec.input);
      return parameters;
    },
    ...(spec.timeoutMs !== undefined && { timeoutMs: spec.timeoutMs }),
    check: (args) => checkArguments(spec.input, args),
    async run(input, ctx) {
      ctx.signal.throwIfAborted();
      return spec.run(input as z.output<Input>, ctx); // the runtime passes on what check() returned
    },
  };
}

/** JSON Schema, draft 2020-12, of what may be written. */
export function jsonSchemaOf(schema: z.ZodMiniType): JsonSchema {
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
  return rest;
}

function checkArguments(schema: z.ZodMiniObject, args: unknown): Checked {
  const parsed = schema.safeParse(withoutNulls(args), { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  const known = Object.keys(schema.shape);
  return { ok: false, problems: describeProblems(parsed.error.issues, known).map(oneLine) };
}

/** Models write `null` for a parameter that they leave out. */
function withoutNulls(args: unknown): unknown {
  if (args === null || typeof args !== "object" || Array.isArray(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

const oneLine = ({
  path,
  message,
  hint,
}: {
  path: (string | number)[];
  message: string;
  hint?: string;
}): string =>
  `${path.length === 0 ? "the arguments" : path.join(".")}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
