import type { SupervisorEvent } from "../../deploy/supervise/process.ts";
import type { Supervision } from "../../deploy/targets/local/supervision.ts";
import { brokerArgument } from "../client/connect.ts";
import type { Context } from "../framework/context.ts";
import { line } from "../terminal/streams.ts";
import { keyValues } from "../terminal/table.ts";
import { pad } from "../terminal/wrap.ts";

/** Tells what happens to the processes: what they write on standard output, each line with its name; the rest beside it. */
export function reporter(
  ctx: Pick<Context, "stdout" | "stderr">,
  names: readonly string[],
  keep: (name: string, line: string) => void,
): (event: SupervisorEvent) => void {
  const width = Math.max(...names.map((name) => name.length));
  const { stdout, stderr } = ctx;
  const say = (name: string, text: string) => {
    keep(name, text);
    line(stderr, `${pad(name, width)} ${stderr.colors.dim("│")} ${text}`);
  };
  return (event) => {
    if (event.kind === "line") {
      keep(event.name, event.line);
      line(stdout, `${stdout.colors.cyan(pad(event.name, width))} ${stdout.colors.dim("│")} ${event.line}`);
      return;
    }
    const { name } = event;
    if (event.kind === "ended") {
      say(name, `ended with exit code ${event.code}; starting again in ${(event.inMs / 1000).toFixed(1)} s`);
    } else if (event.kind === "gave up") {
      say(name, `given up: ${event.reason}`);
    } else if (event.kind === "stopped" && event.killed) {
      say(
        name,
        "killed, as it did not end in its time; what it had not finished it takes up at its next start",
      );
    }
  };
}

export function tellReady(
  { stderr, globals }: Context,
  { agents }: Supervision,
  brokerUrl: string | undefined,
): void {
  if (globals.quiet) return;
  const { colors } = stderr;
  const reach = brokerUrl === undefined ? "" : brokerArgument(brokerUrl);
  stderr.write(
    keyValues(
      [
        [
          "agents",
          `${colors.bold(agents.map(({ agentId }) => agentId).join(", "))} ${colors.green("ready")}`,
        ],
        ...(brokerUrl === undefined ? [] : [["broker", brokerUrl] satisfies [string, string]]),
        ["ask", `agent2389 ask ${agents[0]?.agentId} "…"${reach}`],
      ],
      stderr,
    ),
  );
  line(stderr, colors.dim("Ctrl-C stops them."));
}

export function tellNote({ stderr, globals }: Context, text: string): void {
  if (!globals.quiet) line(stderr, stderr.colors.dim(text));
}
