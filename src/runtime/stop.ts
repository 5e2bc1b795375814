import { toError } from "../base/errors.ts";
import type { Parts } from "./assemble.ts";
import type { Group } from "./group.ts";
import { type HandBack, toBroker, toJournal } from "./queue/hand-back.ts";
import type { AgentOptions, AgentWorld } from "./world.ts";

/** How long results and goodbye may take to leave when the agent stops. */
const FLUSH_MS = 5_000;

/** Shuts an agent down in order (FR-003). */
export async function stop(
  options: AgentOptions,
  world: AgentWorld,
  parts: Parts,
  graceMs: number,
): Promise<void> {
  const { clock, log } = world;
  const { closing, workers, outbox, presence } = parts;
  closing.abort();
  parts.successor.forget();
  log.info({ running: workers.running(), grace_ms: graceMs }, "shutting down");
  parts.group?.leave();
  const said = presence.disappear();
  const whither = takeNoMore(options, world, parts, said);
  const { handedBack } = await workers.drain(graceMs, whither);
  if (handedBack > 0) tellHandedBack(handedBack, await whither, world);
  if (presence.canSend()) {
    await Promise.race([Promise.all([outbox.flush(FLUSH_MS), said]), clock.sleep(FLUSH_MS)]);
  }
  outbox.close();
  await close(world, parts);
  log.info({}, "stopped");
}

/** Takes nothing more from the broker; where those tasks go that are not done in time. Does not reject. */
async function takeNoMore(
  { agent, runtime, shared }: AgentOptions,
  world: AgentWorld,
  parts: Parts,
  said: Promise<void>,
): Promise<HandBack> {
  const { intake, outbox, presence, group } = parts;
  const othersTake = group === undefined || (await leaveGroup(group, world, parts, said));
  await intake.close();
  const wanted = runtime.hand_back ?? (shared ? "broker" : "journal");
  return wanted === "broker" && othersTake && presence.canSend()
    ? toBroker({ ...world, agentId: agent.id, send: (rows) => void outbox.send(rows) })
    : toJournal(world);
}

/**
 * Gives what the broker has sent, or has for this replica, to the others; whether there are any. The last one stays
 * subscribed, so that the broker keeps the tasks in its session.
 */
async function leaveGroup(
  group: Group,
  { transport, clock, log }: AgentWorld,
  { intake, presence, inputFilter }: Parts,
  said: Promise<void>,
): Promise<boolean> {
  intake.hold();
  if (!presence.canSend()) return false;
  const done = new AbortController();
  const late = clock.sleep(FLUSH_MS, done.signal);
  await Promise.race([said, late]);
  if (!(await group.othersAnswer())) return false;
  const unsubscribe = () => transport.unsubscribe([inputFilter]);
  const left = unsubscribe()
    .then(() => intake.returnAll(unsubscribe))
    .catch((error) => log.warn({ error: toError(error) }, "the replica could not leave its group in order"));
  await Promise.race([left, late]);
  done.abort();
  return true;
}

const tellHandedBack = (tasks: number, { waitingToo }: HandBack, { log }: AgentWorld): void =>
  log.warn(
    { tasks },
    waitingToo
      ? "tasks were not done in time; they go back to the broker"
      : "tasks were not done in time; the next start takes them up",
  );

async function close({ transport, store, log }: AgentWorld, { resources }: Parts): Promise<void> {
  await store
    .stats()
    .then(({ outbox }) => {
      if (outbox > 0)
        log.warn({ messages: outbox }, "messages did not leave in time; the next start sends them");
    })
    .catch(() => {}); // closing it tells
  for (const step of [transport.close, resources.close, store.close]) {
    await step().catch((error) =>
      log.error({ error: toError(error) }, "not everything could be closed in order"),
    );
  }
}
