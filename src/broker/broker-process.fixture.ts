import { until } from "../../test/peers/until.ts";
import { silent } from "../log/logger.ts";
import { openBroker } from "./open-broker.ts";

export type BrokerProcess = Awaited<ReturnType<typeof brokerProcess>>;

/** A broker in a process of its own, to be killed. */
export async function brokerProcess(dir: string, { shell = "" } = {}) {
  const child = Bun.spawn(["sh", "-c", `${shell} exec "$@"`, "sh", process.execPath, import.meta.path], {
    env: { BROKER_DIR: dir, PATH: "/usr/bin:/bin" },
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
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

if (import.meta.main) {
  const broker = await openBroker({
    host: "127.0.0.1",
    port: 0,
    dir: process.env["BROKER_DIR"],
    log: silent,
  });
  process.stdout.write(`${broker.port}\n`);
}
