import type { Quirks } from "../providers.ts";
import type { ProviderError } from "./failure.ts";

/** A point in which a model can turn out to differ from what was thought. */
interface Lesson {
  what: string;
  when(quirks: Quirks, complaint: string): boolean;
  teaches: Partial<Quirks>;
}

/** Words of a refusal that is about a parameter as such, not about its value being too large. */
const UNKNOWN =
  /unsupported|not support|unrecognized|unknown|unexpected|not permitted|extra|instead|only the default/i;

const LESSONS: Lesson[] = [
  {
    what: "takes max_completion_tokens",
    when: ({ maxTokens }, text) => maxTokens === "max_tokens" && /\bmax_completion_tokens/.test(text),
    teaches: { maxTokens: "max_completion_tokens" },
  },
  {
    what: "takes max_tokens",
    when: ({ maxTokens }, text) =>
      maxTokens === "max_completion_tokens" && /\bmax_completion_tokens/.test(text),
    teaches: { maxTokens: "max_tokens" },
  },
  {
    what: "takes no temperature but its own",
    when: ({ temperature }, text) => temperature && /temperature/.test(text),
    teaches: { temperature: false },
  },
  {
    what: "takes no stream_options",
    when: ({ streamUsage }, text) => streamUsage && /stream_options|include_usage/.test(text),
    teaches: { streamUsage: false },
  },
  {
    what: "takes structured output as a tool call only",
    when: ({ structured }, text) =>
      structured !== "tool" && /response[_ ]format|json_schema|structured output/i.test(text),
    teaches: { structured: "tool" },
  },
  {
    what: "takes structured output as response_format only",
    when: ({ structured }, text) => structured === "tool" && /tool_choice|tool choice/i.test(text),
    teaches: { structured: "json_schema" },
  },
];

/**
 * What a refused request teaches about the model: the quirks to ask it with from now on, or undefined when the
 * refusal is about something else. `learned` holds what was learned before: nothing is learned twice, so that two
 * complaints cannot chase each other.
 */
export function adapt(
  quirks: Quirks,
  { prospects: { status, detail = "" } }: ProviderError,
  learned: Set<string>,
): { quirks: Quirks; learned: string } | undefined {
  if ((status !== 400 && status !== 422) || !UNKNOWN.test(detail)) return undefined;
  const lesson = LESSONS.find(({ what, when }) => !learned.has(what) && when(quirks, detail));
  if (lesson === undefined) return undefined;
  learned.add(lesson.what);
  return { quirks: { ...quirks, ...lesson.teaches }, learned: lesson.what };
}
