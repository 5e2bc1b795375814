import type { OpenAI } from "openai/client";
import { type Answer, type Assembler, assembler } from "./assemble.ts";
import { CutOff } from "./faults.ts";
import { abortable } from "./sdk.ts";
import type { WireParams } from "./wire.ts";

export interface Listening {
  signal: AbortSignal;
  /** Something came. */
  alive(): void;
  onText(text: string): void;
}

/** One request, answered in one piece. */
export async function askWhole(sdk: OpenAI, params: WireParams, listening: Listening): Promise<Answer> {
  const taking = assembler(listening.onText);
  taking.take(await sdk.chat.completions.create({ ...params, stream: false }, abortable(listening.signal)));
  return taking.answer;
}

/** One request, answered as it is written. */
export async function askStreaming(
  sdk: OpenAI,
  params: WireParams & { stream_options?: { include_usage: boolean } },
  listening: Listening,
): Promise<Answer> {
  const taking = assembler(listening.onText);
  const { data, response } = await sdk.chat.completions
    .create({ ...params, stream: true }, abortable(listening.signal))
    .withResponse();
  if (/\bjson\b/.test(response.headers.get("content-type") ?? "")) {
    // The server does not stream, and has answered in one piece all the same.
    taking.take(await response.json());
  } else {
    await readAll(data, taking, listening);
  }
  return taking.answer;
}

async function readAll(
  chunks: AsyncIterable<unknown>,
  taking: Assembler,
  listening: Listening,
): Promise<void> {
  let count = 0;
  try {
    for await (const chunk of chunks) {
      listening.alive();
      taking.take(chunk);
      count += 1;
    }
  } catch (thrown) {
    // When the answer is complete, only what follows it was lost: the usage.
    if (taking.answer.finish === undefined) throw thrown;
  }
  if (count === 0) throw new CutOff("there was nothing in the stream");
}
