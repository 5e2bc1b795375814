import type { Clock } from "../base/clock.ts";
import { toError } from "../base/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { AgentSection } from "./config.ts";
import type { ConnectionState, Transport } from "./ports/transport.ts";
import { availableStatus, unavailableStatus } from "./status.ts";

export interface PresenceOptions {
  agent: AgentSection;
  heartbeatSecs: number;
  transport: Transport;
  clock: Clock;
  log: Logger;
  /** Share of the concurrency in use, 0 to 1. */
  load(): number;
  onConnected(): void;
  onTakenOver(): void;
}

/** The agent as others see it: its connection, and the retained status that goes with it. */
export function createPresence({ agent, heartbeatSecs, transport, clock, log, ...on }: PresenceOptions) {
  const leaving = new AbortController();
  let connection: ConnectionState = { state: "connecting" };
  let available = false;

  const announce = (): void => {
    const status = availableStatus(agent, { load: on.load(), heartbeatSecs, now: clock.now() });
    transport.publish(status).catch((error) => {
      if (!leaving.signal.aborted) log.warn({ error: toError(error) }, "the status could not be published");
    });
  };

  const heartbeat = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(heartbeatSecs * 1000, leaving.signal);
      if (leaving.signal.aborted) return;
      if (connection.state === "connected") announce();
    }
  };

  return {
    connection: () => connection,
    /** Available, and connected so that it can be reached. */
    reachable: () => available && connection.state === "connected",
    onState(next: ConnectionState): void {
      const lost = connection.state === "connected";
      connection = next;
      if (next.state === "connected") {
        log.info(
          { protocol: next.protocol, session_present: next.sessionPresent },
          "connected to the broker",
        );
        // The Last Will of the connection that was lost may have said that we are gone.
        if (available) announce();
        on.onConnected();
      } else if (next.state === "disconnected" && !leaving.signal.aborted) {
        log[lost ? "warn" : "error"]({ reason: next.reason }, "no connection to the broker; trying again");
      } else if (next.state === "taken-over") on.onTakenOver();
    },
    /** FR-002 step 7, and from then on at every heartbeat. */
    appear(): void {
      available = true;
      announce();
      void heartbeat();
    },
    /** FR-003; resolves when the broker has it. */
    async disappear(): Promise<void> {
      available = false;
      leaving.abort();
      await transport.publish(unavailableStatus(agent.id, clock.now())).catch((error) => {
        log.debug({ error: toError(error) }, "the goodbye was not delivered");
      });
    },
  };
}
