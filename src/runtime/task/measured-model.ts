import { type ChatReply, type Model, ModelError } from "../ports/model.ts";
import type { Workshop } from "./job.ts";

/** The model, with each of its calls counted and timed. */
export function measuredModel({
  model,
  metrics,
  pulse,
  clock,
}: Pick<Workshop, "model" | "metrics" | "pulse" | "clock">): Model {
  const answered = ({ answeredBy, usage, cost }: ChatReply, seconds: number) => {
    metrics.modelCall(answeredBy, "ok", seconds);
    metrics.tokens(answeredBy, usage.inputTokens, usage.outputTokens);
    if (cost !== undefined) metrics.costUsd(answeredBy, cost);
    pulse.modelAnswered();
  };
  return {
    ...model,
    async chat(request, options) {
      const started = clock.monotonic();
      const seconds = () => (clock.monotonic() - started) / 1000;
      try {
        const reply = await model.chat(request, options);
        answered(reply, seconds());
        return reply;
      } catch (error) {
        metrics.modelCall(model.id, "error", seconds());
        if (error instanceof ModelError) pulse.modelFailed(error.message);
        throw error;
      }
    },
  };
}
