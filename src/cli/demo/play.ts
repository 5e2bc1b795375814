import type { AppDeps } from "../../app.ts";
import { race } from "../../base/abort.ts";
import type { LoadedConfig } from "../../config/loaded.ts";
import { silent } from "../../log/logger.ts";
import { type Answer, converse, type Watch } from "../ask/conversation.ts";
import { buildEnvelope, type Envelope } from "../ask/envelope.ts";
import { accessTo, openClient } from "../client/connect.ts";
import type { Context } from "../framework/context.ts";
import { AGENT_ID, type Stage, TASK } from "./stage.ts";

const TIMEOUT_MS = 180_000;
const REMEDY = "Try again, or with a model that answers sooner: LLM_PROVIDER and LLM_MODEL name it.";

export interface Played {
  answer: Answer;
  envelope: Envelope;
  /** From sending the task to the answer. */
  ms: number;
}

/** Starts the agent, sends it the task over MQTT, waits for the answer, and stops it. */
export async function play(
  ctx: Context,
  stage: Stage,
  loaded: LoadedConfig,
  watch: Watch,
  deps: Pick<AppDeps, "transcripts" | "record"> = {},
): Promise<Played> {
  const { services, clock, signal } = ctx;
  const app = await services.startAgents([loaded], { log: silent, clock, serve: false, ...deps });
  try {
    await race(app.started, signal);
    const transport = await openClient(ctx, accessTo({ ...ctx, env: {} }, stage.broker));
    try {
      const envelope = buildEnvelope({
        agent: AGENT_ID,
        instruction: TASK,
        files: [],
        next: [],
        route: false,
      });
      const started = clock.now();
      const waiting = { transport, envelope, timeoutMs: TIMEOUT_MS, remedy: REMEDY, clock, signal };
      const answer = await converse(waiting, watch);
      return { answer, envelope, ms: clock.now() - started };
    } finally {
      await transport.close();
    }
  } finally {
    await app.stop();
  }
}
