import { until } from "../../test/peers/until.ts";
import { silent } from "../log/logger.ts";
import { openBroker } from "./open-broker.ts";

/** A broker in a process of its own, to be killed. */
export async function brokerProcess(dir: string, { port = 0, shell = "" } = {}) {
  const child = Bun.spawn(["sh", "-c", `${shell} exec "$@"`, "sh", process.execPath, import.meta.path], {
    env: { BROKER_DIR: dir, BROKER_PORT: String(port), PATH: "/usr/bin:/bin" },
    stdout: "pipe",
    stderr: "inherit",
  });
  let said = "";
  void (async () => {
    for await (const chunk of child.stdout) said += new TextDecoder().decode(chunk);
  })();
  await until("the broker's process", () => said.includes("\n") || child.exitCode !== null);
  return {
    port: Number(said),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill(signal: NodeJS.Signals = "SIGKILL") {
      child.kill(signal);
      await child.exited;
    },
  };
}

if (import.meta.main) {
  const { BROKER_DIR: dir, BROKER_PORT: port } = process.env;
  const broker = await openBroker({ host: "127.0.0.1", port: Number(port), dir, log: silent });
  process.stdout.write(`${broker.port}\n`);
}
