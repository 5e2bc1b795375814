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
  /** Publications leave again. */
  onConnected(): void;
  /** This one has the agent's session (again). */
  onOwnSession(): void;
  onTakenOver(): void;
}

export const TAKEN_OVER = "another instance took over";
export const TWINS =
  "It takes no more tasks, and ends those that it has. That is meant when a new instance replaces it: stop this one. " +
  "If it was not meant, two agents run with one id: stop one, or give it another [agent] id.";

/** The agent as others see it: its connection, and the retained status that goes with it. */
export function createPresence({ agent, heartbeatSecs, transport, clock, log, ...on }: PresenceOptions) {
  const leaving = new AbortController();
  let connection: ConnectionState = { state: "connecting" };
  let available = false;

  const isTakenOver = (): boolean => connection.state === "taken-over";
  const canSend = (): boolean =>
    connection.state === "connected" || (connection.state === "taken-over" && connection.connected);

  const announce = (): void => {
    if (isTakenOver()) return; // the status is the other instance's
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

  const tellConnected = ({ protocol, sessionPresent }: Extract<ConnectionState, { state: "connected" }>) => {
    log.info({ protocol, session_present: sessionPresent }, "connected to the broker");
    on.onOwnSession();
    // The Last Will of the connection that was lost may have said that we are gone.
    if (available) announce();
  };

  const tellTakenOver = ({ reason }: { reason?: string }, isNew: boolean): void => {
    if (isNew) {
      log.warn({ what_to_do: TWINS }, TAKEN_OVER);
      on.onTakenOver();
    } else if (reason !== undefined) {
      log.error({ reason }, "no connection to the broker for the answers that are left; trying again");
    }
  };

  return {
    connection: () => connection,
    /** Whether what is published can leave now. */
    canSend,
    isAvailable: () => available,
    isTakenOver,
    announce,
    /** Available, and connected so that it can be reached. */
    reachable: () => available && connection.state === "connected",
    onState(next: ConnectionState): void {
      const before = connection.state;
      connection = next;
      if (next.state === "connected") tellConnected(next);
      else if (next.state === "disconnected" && !leaving.signal.aborted) {
        const level = before === "connected" ? "warn" : "error";
        log[level]({ reason: next.reason }, "no connection to the broker; trying again");
      } else if (next.state === "taken-over") tellTakenOver(next, before !== "taken-over");
      if (canSend()) on.onConnected();
    },
    /** FR-002 step 7, and from then on at every heartbeat. */
    appear(): void {
      available = true;
      announce();
      void heartbeat();
    },
    /** FR-003; resolves when the broker has it. Where another instance is the agent now, there is nothing to say. */
    async disappear(): Promise<void> {
      available = false;
      leaving.abort();
      if (isTakenOver()) return;
      await transport.publish(unavailableStatus(agent.id, clock.now())).catch((error) => {
        log.debug({ error: toError(error) }, "the goodbye was not delivered");
      });
    },
  };
}
