import * as z from "../../base/zod.ts";

/** The last line of the script, where it did not succeed. */
const failureSchema = () =>
  z.object({
    error: z.string(),
    text: z._default(z.string(), ""),
    names: z._default(z.array(z.string()), []),
  });
export type Failure = z.output<ReturnType<typeof failureSchema>>;

export const failureIn = (said: unknown): Failure | undefined => failureSchema().safeParse(said).data;
