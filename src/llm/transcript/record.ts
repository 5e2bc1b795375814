import { appendFile, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { rfc3339 } from "../../base/clock.ts";
import { ExpectedError, toError } from "../../base/errors.ts";
import type { Redact } from "../../base/redact.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Logger } from "../../log/logger.ts";
import type { ChatReply, ChatRequest, Model } from "../../runtime/ports/model.ts";
import { canonical, type ModelSettings, redactedStrings, requestKey } from "./canonical.ts";
import { exchangeLine, exchangeSchema, VERSION } from "./transcript.ts";

export interface RecordDeps {
  clock: Clock;
  log: Logger;
  redact: Redact;
}

/**
 * The same model, its exchanges written to a transcript: each as soon as it is complete, in one write, so that several
 * recorders may share the file. Secrets are masked in all that is written. A failure to write is logged and does not
 * undo the answer, which was paid for.
 * @throws ExpectedError when the file cannot be written to.
 */
export async function recordModel(
  model: Model,
  file: string,
  settings: ModelSettings,
  deps: RecordDeps,
): Promise<Model> {
  await prepare(file);
  let writing: Promise<void> = Promise.resolve();
  const write = (line: string): Promise<void> => {
    writing = writing
      .then(() => appendFile(file, line))
      .catch((thrown: unknown) =>
        deps.log.error({ error: toError(thrown) }, `an exchange could not be recorded in ${file}`),
      );
    return writing;
  };
  return {
    id: model.id,
    verify: model.verify,
    async chat(request, options) {
      let deltas: string[] = [];
      const reply = await model.chat(request, {
        signal: options.signal,
        onDelta(text) {
          deltas.push(text);
          options.onDelta?.(text);
        },
        onRestart() {
          deltas = [];
          options.onRestart?.();
        },
      });
      await write(lineOf(request, reply, deltas, settings, deps));
      return reply;
    },
  };
}

function lineOf(
  request: ChatRequest,
  reply: ChatReply,
  deltas: string[],
  settings: ModelSettings,
  { clock, redact }: RecordDeps,
): string {
  const asked = canonical(request, settings, redact);
  return exchangeLine({
    v: VERSION,
    key: requestKey(asked),
    model: reply.answeredBy,
    request: asked,
    reply: exchangeSchema.shape.reply.parse(redactedStrings(reply, redact)),
    ...(deltas.length > 1 && { deltas: redactedDeltas(deltas, redact) }),
    at: rfc3339(clock.now()),
  });
}

/** A secret may stand across two pieces: then the text goes into the transcript in one. */
function redactedDeltas(deltas: string[], redact: Redact): string[] {
  const whole = deltas.join("");
  const redacted = redact(whole);
  return redacted === whole ? deltas : [redacted];
}

/** Makes sure that the file is there, can be written to, and ends with a whole line. */
async function prepare(file: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, "a+");
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      if (size > 0 && last.toString() !== "\n") await handle.appendFile("\n");
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw new ExpectedError(
      `the transcript cannot be written: ${systemReason(thrown) ?? toError(thrown).message}`,
      {
        where: file,
        hint: "Give --record a file that can be written to.",
        cause: thrown,
      },
    );
  }
}
