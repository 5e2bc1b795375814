import { ExpectedError } from "../../../base/errors.ts";
import { parseJson } from "../../../base/json.ts";
import * as z from "../../../base/zod.ts";
import { dataTypeSchema } from "../../artefacts/tensor-ref.ts";

/** Changes when a reader of the older form would misread the newer. */
export const ENGINE_FORMAT = "agent2389 engine 1";

/** What stands beside an engine: an engine itself tells neither the types of its inputs nor what it is bound to. */
export const engineFile = (engine: string): string => `${engine}.json`;

const engineSchema = () =>
  z.object({
    format: z.literal(ENGINE_FORMAT),
    tensorrt: z.string(),
    gpu: z.optional(z.object({ name: z.string(), computeCapability: z.string() })),
    inputs: z.array(
      z.object({
        name: z.string(),
        type: dataTypeSchema(),
        dims: z.array(z.int()),
        open: z.described(z.boolean(), "Whether the engine takes its dimensions at run time."),
      }),
    ),
    outputs: z.array(z.object({ name: z.string(), type: dataTypeSchema() })),
  });
export type EngineFacts = z.output<ReturnType<typeof engineSchema>>;
export type EngineInput = EngineFacts["inputs"][number];

/** Rejects with an ExpectedError where the file is missing, or says something else. */
export async function readEngineFacts(engine: string): Promise<EngineFacts> {
  const where = engineFile(engine);
  const text = await Bun.file(where)
    .text()
    .catch(() => undefined);
  const parsed = engineSchema().safeParse(parseJson(text ?? ""));
  if (parsed.success) return parsed.data;
  throw new ExpectedError(
    text === undefined
      ? "what belongs to the engine is not there"
      : "what belongs to the engine cannot be read",
    { where, hint: "It is written with the engine: keep both files together, or build the engine again." },
  );
}
