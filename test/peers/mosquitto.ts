import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { until } from "./until.ts";

export interface Mosquitto {
  url: string;
  port: number;
  /** Its own folder: configuration and persistence file. */
  dir: string;
  /** kill -9, and the port is free again. */
  kill(): Promise<void>;
  /** Ends in good order and starts again: what it persists is complete. */
  restart(): Promise<void>;
  /** Same port, same persistence file. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops reading and writing, as a broker does that is stuck (SIGSTOP), and goes on (SIGCONT). */
  freeze(): void;
  thaw(): void;
}

export interface MosquittoOptions {
  port?: number;
  /** Lines added to its configuration. */
  config?: string[];
  /** Keep sessions and queues in a file, written at every change. */
  persistent?: boolean;
  scheme?: "mqtt" | "mqtts";
}

const binary = (): string => {
  const path = Bun.which("mosquitto", { PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` });
  if (!path) throw new Error("these tests need a real broker: apt-get install mosquitto");
  return path;
};

/** Starts the real Mosquitto on the loopback and waits until it takes connections. */
export async function mosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const dir = mkdtempSync(join(tmpdir(), "mosquitto-"));
  const port = options.port ?? (await freePort());
  const file = join(dir, "mosquitto.conf");
  const lines = [
    ...(process.getuid?.() === 0 ? ["user root"] : []),
    `listener ${port} 127.0.0.1`,
    ...(options.config ?? ["allow_anonymous true"]),
    "max_queued_messages 0",
    "set_tcp_nodelay true",
    ...(options.persistent
      ? [
          "persistence true",
          `persistence_location ${dir}/`,
          "autosave_on_changes true",
          "autosave_interval 1",
        ]
      : []),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  let child: Bun.Subprocess | undefined;

  const start = async () => {
    child = Bun.spawn([binary(), "-c", file], { stdout: "ignore", stderr: "ignore" });
    await until(`mosquitto listening on ${port}`, () => {
      if (child?.exitCode != null) throw new Error(`mosquitto ended with ${child.exitCode}: see ${file}`);
      return listening(port);
    });
  };
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    child?.kill("SIGCONT");
    child?.kill(signal);
    await child?.exited;
    child = undefined;
  };
  await start();
  return {
    url: `${options.scheme ?? "mqtt"}://127.0.0.1:${port}`,
    port,
    dir,
    start,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      await start();
    },
    freeze: () => child?.kill("SIGSTOP"),
    thaw: () => child?.kill("SIGCONT"),
    async stop() {
      await end("SIGTERM");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const listening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
