import { basename, resolve } from "node:path";
import { type Clock, systemClock } from "../base/clock.ts";
import type { Env } from "../base/env.ts";
import { secretIn } from "../base/env-secret.ts";
import { ExpectedError, toError } from "../base/errors.ts";
import { type Redact, redactor } from "../base/redact.ts";
import { systemReason } from "../base/system-error.ts";
import type { Logger } from "../log/logger.ts";
import type { Model } from "../runtime/ports/model.ts";
import type { LlmSection, ModelChoice } from "./config.ts";
import { fallbackModel } from "./fallback.ts";
import { type Endpoint, resolveChoice } from "./openai/endpoint.ts";
import { rateOf } from "./pricing.ts";
import { DIRECT, REPLAY } from "./providers.ts";
import { modelSecretEnvs } from "./secret-envs.ts";

export interface OpenModelDeps {
  env: Env;
  /** Folder that relative paths are taken from. */
  baseDir: string;
  log: Logger;
  clock?: Clock;
  /** Masks the secrets of the whole process; the model's own keys are masked in any case. */
  redact?: Redact;
  /** Transcript file that every exchange is written to, relative to `baseDir`. */
  record?: string;
  /** Transcripts that are part of the program, by the name that `transcript` gives. */
  embedded?: Readonly<Record<string, string>>;
  /** Path of the section in the config, for errors; default `llm`. */
  where?: string;
}

/** With a further model in the list, one that wants to be left alone for longer than this is left alone. */
const PATIENCE_MS = 10_000;

type Resolved = Required<Omit<OpenModelDeps, "record" | "embedded">> & Pick<OpenModelDeps, "embedded">;

/**
 * The model that a config asks for: its providers, fallbacks, prices; recorded where wanted. Nothing is connected to
 * yet, and a replayed transcript is read. A model whose key is missing is left out, with a warning, as long as another
 * one remains.
 * @throws ExpectedError when none remains, or a transcript cannot be read or written.
 */
export async function openModel(section: LlmSection, deps: OpenModelDeps): Promise<Model> {
  const where = deps.where ?? "llm";
  const own = secretsOf(section, deps.env);
  const outer = deps.redact ?? ((text: string) => text);
  const inner = redactor(own);
  const resolved: Resolved = {
    ...deps,
    where,
    clock: deps.clock ?? systemClock,
    redact: (text) => inner(outer(text)),
  };
  const choices = [section, ...section.fallback.map((choice) => inheriting(choice, section))];
  const models = await openAll(choices, section, resolved);
  const model = fallbackModel(models, resolved);
  if (deps.record === undefined) return model;
  const { recordModel } = await import("./transcript/record.ts");
  return recordModel(model, resolve(deps.baseDir, deps.record), settingsOf(section), resolved);
}

/** A fallback is asked in the manner of the section, where it says nothing else. */
const inheriting = (choice: ModelChoice, section: LlmSection): ModelChoice => ({
  ...choice,
  temperature: choice.temperature ?? section.temperature,
  max_tokens: choice.max_tokens ?? section.max_tokens,
});

const settingsOf = ({ model, temperature, max_tokens }: ModelChoice) => ({ model, temperature, max_tokens });

async function openAll(
  choices: ModelChoice[],
  section: LlmSection,
  deps: Resolved,
): Promise<[Model, ...Model[]]> {
  const models: Model[] = [];
  const problems: ExpectedError[] = [];
  for (const [i, choice] of choices.entries()) {
    const where = i === 0 ? deps.where : `${deps.where}.fallback[${i - 1}]`;
    try {
      models.push(await openChoice(choice, i === choices.length - 1, section, { ...deps, where }));
    } catch (thrown) {
      if (!(thrown instanceof ExpectedError)) throw thrown;
      problems.push(thrown);
    }
  }
  const [first, ...rest] = models;
  if (first === undefined) throw problems[0]!;
  for (const { message, where } of problems)
    deps.log.warn({ where }, `${message}; the next model stands in for it`);
  return [first, ...rest];
}

async function openChoice(
  choice: ModelChoice,
  isLast: boolean,
  section: LlmSection,
  deps: Resolved,
): Promise<Model> {
  if (choice.provider === REPLAY) return openReplay(choice, deps);
  if (choice.provider === DIRECT) return (await import("./direct.ts")).directModel(choice.model);
  const endpoint = resolveChoice(choice, deps.env, deps.where);
  warnOfPlainText(endpoint, deps.log);
  const timeoutMs = section.timeout_secs * 1000;
  const { temperature, max_tokens } = choice;
  if (temperature !== undefined && !endpoint.quirks.temperature) {
    deps.log.info({ model: endpoint.id }, "this model takes no temperature: the config's is not sent");
  }
  const { clientModel } = await import("./openai/client.ts");
  return clientModel(
    endpoint,
    {
      temperature,
      max_tokens,
      timeout_secs: section.timeout_secs,
      max_retries: section.max_retries,
      stream: section.stream,
      maxWaitMs: isLast ? timeoutMs : Math.min(timeoutMs, PATIENCE_MS),
      rateOf: (model) => rateOf({ provider: choice.provider, model }, section.prices),
    },
    deps,
  );
}

function warnOfPlainText({ id, baseUrl, key }: Endpoint, log: Logger): void {
  const { protocol, hostname } = new URL(baseUrl);
  if (key === undefined || protocol === "https:" || !PUBLIC_HOST.test(hostname)) return;
  log.warn({ model: id }, "the API key is sent unencrypted: base_url is http://, not https://");
}

/** Not: a name without a dot (container, service), a private or loopback address, an internal domain. */
const PUBLIC_HOST =
  /^(?!127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[)(?!.*\.(localhost|local|internal|svc|lan|home\.arpa)$).*\./;

async function openReplay(choice: ModelChoice, deps: Resolved): Promise<Model> {
  const { transcript } = choice;
  if (transcript === undefined) {
    throw new ExpectedError("the replay provider needs a transcript to answer from", {
      where: `${deps.where}.transcript`,
      hint: `Set transcript in [${deps.where}] to a file recorded with --record.`,
    });
  }
  const [{ replayModel }, { parseTranscript }] = await Promise.all([
    import("./transcript/replay.ts"),
    import("./transcript/transcript.ts"),
  ]);
  const { embedded = {} } = deps;
  const text = Object.hasOwn(embedded, transcript)
    ? embedded[transcript]!
    : await readTranscript(resolve(deps.baseDir, transcript), deps.where);
  return replayModel({
    exchanges: parseTranscript(text, transcript),
    name: basename(transcript),
    settings: settingsOf(choice),
    redact: deps.redact,
  });
}

async function readTranscript(file: string, where: string): Promise<string> {
  try {
    return await Bun.file(file).text();
  } catch (thrown) {
    throw new ExpectedError(
      `the transcript ${file} cannot be read: ${systemReason(thrown) ?? toError(thrown).message}`,
      {
        where: `${where}.transcript`,
        hint: "Record one: run with a real provider and --record FILE.",
        cause: thrown,
      },
    );
  }
}

const secretsOf = (section: LlmSection, env: Env): string[] =>
  modelSecretEnvs(section).flatMap((name) => secretIn(env, name) ?? []);
