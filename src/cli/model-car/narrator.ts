import { ExpectedError, UsageError } from "../../base/errors.ts";
import type { NarrationReport, Report } from "../../modelcar/report/types.ts";
import { ModelError } from "../../runtime/ports/model.ts";
import type { Context } from "../framework/context.ts";
import type { OptionValues } from "../framework/option-spec.ts";
import { offeredModel } from "../offered-model.ts";
import { spinner } from "../terminal/spinner.ts";
import { line, warningLine } from "../terminal/streams.ts";
import { wrap } from "../terminal/wrap.ts";
import type { narrationOptions } from "./narration-options.ts";

type Options = OptionValues<typeof narrationOptions>;

/** Puts a finished report into words. Gives undefined, and tells why, when no model can. */
export type Narrator = (report: Report) => Promise<NarrationReport | undefined>;

/** Undefined: no narration is wanted. @throws UsageError */
export async function narratorOf(
  ctx: Context,
  { narrate, ask, llm }: Options,
): Promise<Narrator | undefined> {
  const question = ask?.trim();
  if (question === "") throw new UsageError("--ask needs a question");
  if (!narrate && question === undefined) {
    if (llm !== undefined)
      throw new UsageError("--llm names a model, and nothing is asked of it", {
        hint: "Add --narrate or --ask.",
      });
    return undefined;
  }
  const named = llm === undefined ? undefined : await namedSection(llm);
  return async (report) => {
    const busy = spinner(ctx.stderr);
    try {
      const section = named ?? (await offeredSection(ctx));
      const { narrate: put } = await import("../../modelcar/narration/narrate.ts");
      const { env, cwd: baseDir, services, signal } = ctx;
      const model = await services.openModel({ config: { llm: section }, env, baseDir, secrets: [] });
      busy.say(`ask ${model.id}`);
      return await put(model, report, { narrate, question }, signal);
    } catch (thrown) {
      ctx.signal.throwIfAborted();
      if (!(thrown instanceof ExpectedError || thrown instanceof ModelError)) throw thrown;
      busy.stop();
      warn(ctx, thrown);
      return undefined;
    } finally {
      busy.stop();
    }
  };
}

function warn({ stderr }: Context, { message, hint }: { message: string; hint?: string }): void {
  const more = hint === undefined ? "" : `. ${hint}`;
  warningLine(stderr, `no words of a language model: ${message}${more}`);
}

type Section = Awaited<ReturnType<typeof sectionOf>>;

async function namedSection(llm: string): Promise<Section> {
  const [provider = "", ...model] = llm.split("/");
  if (provider === "" || model.join("/") === "")
    throw new UsageError(`--llm is "${llm}", expected PROVIDER/MODEL as openai/gpt-5.4-mini`);
  return sectionOf({ provider, model: model.join("/") }, "--llm");
}

async function offeredSection(ctx: Context): Promise<Section> {
  const offer = await offeredModel(ctx);
  if (offer !== undefined) return sectionOf(offer, offer.from);
  throw new ExpectedError("no key of a provider is set, and no Ollama runs here", {
    hint: "Set OPENAI_API_KEY or that of another provider, or name a model by --llm.",
  });
}

async function sectionOf({ provider, model }: { provider: string; model: string }, from: string) {
  const { llmSection } = await import("../../llm/config.ts");
  const parsed = llmSection.safeParse({ provider, model, ...SETTINGS });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${from}: ${issue?.message ?? "this is no model"}`);
}

/** Terse and the same each time, as far as models are; who waits for a report waits no longer for words on it. */
const SETTINGS = { temperature: 0.1, max_tokens: 8000, timeout_secs: 60, max_retries: 1 };

/** The words, under a heading that says whose they are, and what of them contradicts the result. */
export function showNarration({ stderr }: Context, narration: NarrationReport): void {
  const { colors, isTTY, columns } = stderr;
  const { provider, model, text, contradictions } = narration;
  line(stderr);
  line(stderr, colors.bold(colors.magenta(`In the words of ${provider}/${model}`)));
  line(stderr, colors.dim("A language model wrote this. It had no part in the verdict."));
  const width = isTTY ? Math.min(columns, 100) : Number.POSITIVE_INFINITY;
  for (const each of wrap(text, width)) line(stderr, each);
  for (const each of contradictions) line(stderr, `${colors.yellow("! not what the result says:")} ${each}`);
}
