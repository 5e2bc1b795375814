import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import * as z from "../../base/zod.ts";
import { canonicalSchema } from "./canonical.ts";

/**
 * A transcript: recorded exchanges with a model, as JSON Lines. A line holds the request in its canonical form, the
 * reply, and the pieces in which it was streamed. `key` (the request's SHA-256) and `at` are for people and tools;
 * reading goes by the request itself, so that a transcript can be written and changed by hand.
 */

export const VERSION = 1;

const tokens = z.number().check(z.minimum(0));

const replySchema = z.object({
  text: z.string(),
  toolCalls: z._default(z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })), []),
  usage: z._default(
    z.object({ inputTokens: tokens, cachedInputTokens: z._default(tokens, 0), outputTokens: tokens }),
    { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 },
  ),
  /** USD; absent: unknown. */
  cost: z.optional(z.number().check(z.minimum(0))),
  answeredBy: z.optional(z.string()),
  truncated: z._default(z.boolean(), false),
});

export const exchangeSchema = z.object({
  v: z.literal(VERSION),
  key: z.optional(z.string()),
  model: z.optional(z.string()),
  request: canonicalSchema,
  reply: replySchema,
  deltas: z.optional(z.array(z.string())),
  at: z.optional(z.string()),
});
export type Exchange = z.output<typeof exchangeSchema>;

/** A whole exchange as one line. */
export const exchangeLine = (exchange: z.input<typeof exchangeSchema>): string =>
  `${JSON.stringify(exchange)}\n`;

/**
 * The exchanges in a transcript, in order. A last line without a line break that cannot be read was cut off while it
 * was written, and is left out.
 * @throws ExpectedError for any other line that is no exchange.
 */
export function parseTranscript(text: string, name: string): Exchange[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const cutOff = lines.length - 1;
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const parsed = exchangeSchema.safeParse(parseJson(line));
    if (parsed.success) return [parsed.data];
    if (i === cutOff && parseJson(line) === undefined) return [];
    throw notAnExchange(line, `${name}:${i + 1}`, parsed.error);
  });
}

function notAnExchange(line: string, where: string, error: z.core.$ZodError): ExpectedError {
  const value = parseJson(line);
  if (value === undefined) return new ExpectedError("a line of the transcript is not JSON", { where });
  const version = (value as { v?: unknown } | null)?.v;
  if (typeof version === "number" && version > VERSION) {
    return new ExpectedError(`the transcript has version ${version}; this program reads version ${VERSION}`, {
      where,
      hint: "Use a newer version of this program, or record the transcript again.",
    });
  }
  const { path, message } = error.issues[0]!;
  return new ExpectedError(
    `a line of the transcript is not a recorded exchange: ${path.join(".")}: ${message}`,
    {
      where,
      hint: "Record it again with --record, or see the documentation of the replay provider for the form of a line.",
    },
  );
}
