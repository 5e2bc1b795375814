import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ManualClock, manualClock } from "../../../test/peers/manual-clock.ts";
import { redactor } from "../../base/redact.ts";
import { silent } from "../../log/logger.ts";
import { openSqliteStore } from "../../storage/sqlite/store.ts";
import { noMetrics } from "../no-metrics.fixture.ts";
import type { OutboxRow, Store } from "../ports/store.ts";
import type { Publication, Transport } from "../ports/transport.ts";
import { createOutbox } from "./outbox.ts";

/** For tests of the outbox: a real journal, and a broker's door that does as it is told. */
export interface Door {
  store: Store;
  clock: ManualClock;
  outbox: ReturnType<typeof createOutbox>;
  /** Everything that was tried, in order. */
  readonly tried: Publication[];
  /** Works a task to its end, with these results. */
  finish(key: string, ...results: Publication[]): Promise<OutboxRow[]>;
  close(): Promise<void>;
}

/** `publish`: what the broker says to a publication; resolves when it takes it. */
export function openDoor(publish: (publication: Publication) => Promise<void>, window = 4): Door {
  const dir = mkdtempSync(join(tmpdir(), "outbox-"));
  const store = openSqliteStore({ file: join(dir, "journal.db"), durability: "normal" });
  const clock = manualClock();
  const tried: Publication[] = [];
  const transport: Transport = {
    start() {},
    subscribe: async () => {},
    unsubscribe: async () => {},
    takeBack() {},
    close: async () => {},
    publish(publication) {
      tried.push(publication);
      return publish(publication);
    },
  };
  const outbox = createOutbox({
    agentId: "a",
    store,
    transport,
    metrics: noMetrics,
    redact: redactor(),
    clock,
    log: silent,
    window,
  });
  return {
    store,
    clock,
    outbox,
    tried,
    async finish(key, ...results) {
      await store.accept({ key, payload: "", receivedAt: 0 }, true);
      return (await store.finish(key, results)) ?? [];
    },
    async close() {
      outbox.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
