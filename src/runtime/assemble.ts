import { inputTopic, sharedFilter } from "../protocol/topics.ts";
import { createGroup } from "./group.ts";
import { MAX_HELD_BYTES, OUTBOX_WINDOW } from "./limits.ts";
import type { Publication, Transport } from "./ports/transport.ts";
import { createPresence } from "./presence.ts";
import { createPulse } from "./pulse.ts";
import { createIntake } from "./queue/intake.ts";
import { createOutbox } from "./queue/outbox.ts";
import { createWorkers } from "./queue/workers.ts";
import { createQuiet } from "./quiet.ts";
import { createRegistry } from "./registry.ts";
import { createResources } from "./resources.ts";
import { createSuccessor } from "./successor.ts";
import { createReporter, type Reporter, silentReporter } from "./task/reporter.ts";
import { workTask } from "./task/work.ts";
import type { AgentOptions, AgentWorld } from "./world.ts";

export type Parts = ReturnType<typeof assemble>;

/** The parts of an agent, each told of what the others do; nothing runs yet. */
export function assemble(options: AgentOptions, world: AgentWorld) {
  const { agent, runtime } = options;
  const agentId = agent.id;
  const closing = new AbortController();
  const pulse = createPulse();
  const registry = createRegistry(world.log);
  const quiet = createQuiet(world.clock, closing.signal, () => world.onQuiet?.());
  const resources = createResources(options, world, {
    reporter: reporterOf(options, world),
    registry,
    pulse,
    signal: closing.signal,
  });
  const outbox = createOutbox({ ...world, agentId, window: OUTBOX_WINDOW });
  const workers = createWorkers({
    ...world,
    concurrency: runtime.concurrency,
    work: (task, abort) => workTask(task, resources.workshop(), abort),
    onDone(results) {
      void outbox.send(results);
      intake.released();
      quiet.touch();
    },
  });
  const intake = createIntake({
    ...world,
    agentId,
    maxWaiting: runtime.max_waiting,
    maxHeldBytes: MAX_HELD_BYTES,
    workers,
    onAccepted() {
      workers.wake();
      outbox.wake();
      quiet.touch();
    },
  });
  const successor = createSuccessor({
    ...world,
    onGone() {
      world.log.warn({}, "the instance that took over is gone: this one takes tasks again");
      world.transport.takeBack();
    },
  });
  const presence = createPresence({
    ...world,
    ...options,
    load: () => workers.running() / runtime.concurrency,
    onConnected: outbox.wake,
    onOwnSession() {
      successor.forget();
      intake.resume();
    },
    onTakenOver: intake.leave,
  });
  const group = options.shared ? createGroup({ ...world, ...presence }) : undefined;
  const inputFilter = options.shared ? sharedFilter(agentId, inputTopic(agentId)) : inputTopic(agentId);
  const parts = { closing, pulse, registry, resources, outbox, workers, intake, presence };
  return { ...parts, successor, group, inputFilter };
}

const reporterOf = ({ agent, runtime }: AgentOptions, world: AgentWorld): Reporter =>
  runtime.progress
    ? createReporter({
        ...world,
        agentId: agent.id,
        perSecond: runtime.progress_per_second,
        publish: lossy(world.transport),
      })
    : silentReporter;

/** Progress that cannot be sent now is of no use later. */
const lossy = (transport: Transport) => (publication: Publication) =>
  void transport.publish(publication).catch(() => {});
