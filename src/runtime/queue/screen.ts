import type { Clock } from "../../base/clock.ts";
import type { Redact } from "../../base/redact.ts";
import type { Logger } from "../../log/logger.ts";
import { admit } from "../admission.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Delivery } from "../ports/transport.ts";
import type { Held } from "./held.ts";

export interface ScreenOptions {
  agentId: string;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  log: Logger;
}

/** What is to go into the journal for a message; undefined when nothing is, and the message is done with. */
export function screen(delivery: Delivery, options: ScreenOptions): Held | undefined {
  const { agentId, metrics, redact, clock, log } = options;
  metrics.received();
  const admission = admit(delivery, agentId, clock.now(), redact);
  if (admission.kind === "drop") {
    const { reason, detail } = admission;
    metrics.dropped(reason);
    log.warn({ reason, detail }, "message dropped");
    delivery.ack();
    return undefined;
  }
  const held = { task: admission.task, bytes: delivery.payload.byteLength, acks: [delivery.ack] };
  if (admission.kind === "task") return { ...held, envelope: admission.envelope };
  metrics.dropped("invalid");
  log.warn({ detail: admission.detail }, "invalid task refused");
  return held;
}
