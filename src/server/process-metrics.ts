import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";
import { version } from "../../package.json" with { type: "json" };

/** What Prometheus clients tell of their process (https://prometheus.io/docs/instrumenting/writing_clientlibs). */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry];
  new Gauge({
    name: "agent2389_build_info",
    help: "1, labelled with the version of the program.",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);
  new Gauge({
    name: "process_start_time_seconds",
    help: "Start time of the process since unix epoch in seconds.",
    registers,
  }).set(Math.round(Date.now() - process.uptime() * 1000) / 1000);
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory size in bytes.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Total user and system CPU time spent in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "agent2389_event_loop_lag_seconds",
    help: "How long a timer that was due at this scrape had to wait.",
    registers,
    async collect() {
      this.set(await eventLoopLag());
    },
  });
}

/** Measured when asked for: a sampler that always runs would wake an idle process all the time. */
async function eventLoopLag(): Promise<number> {
  const asked = performance.now();
  await new Promise((resolve) => setImmediate(resolve));
  return (performance.now() - asked) / 1000;
}
