import { ExpectedError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { defineCommand } from "./framework/command.ts";
import { PORT, SECONDS } from "./framework/number-options.ts";
import { line } from "./terminal/streams.ts";

export const command = defineCommand({
  summary: "Ask a running agent whether it is ready",
  description:
    "For containers without curl. Status 0: it takes tasks; status 1: it does not, or cannot be reached.",
  options: {
    port: {
      ...PORT,
      short: "p",
      description: "Port of its health server",
      env: "HEALTH_PORT",
      default: 8080,
    },
    host: { type: "string", value: "HOST", description: "Where it runs", default: "127.0.0.1" },
    timeout: { ...SECONDS, description: "How long to wait", default: 5 },
    live: { type: "boolean", description: "Ask whether it lives, not whether it is ready" },
  },
  examples: [
    { command: "agent2389 healthcheck" },
    { command: 'HEALTHCHECK CMD ["agent2389", "healthcheck"]', note: "in a Dockerfile" },
  ],
  async run({ services, signal, stdout, globals }, _args, { port, host, timeout, live }) {
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}/${live ? "live" : "ready"}`;
    const response = await services
      .fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout * 1000)]) })
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new ExpectedError(`no answer from ${url}`, {
          cause,
          hint: "Is the agent running, and is this its port? 'agent2389 up' takes a free one and prints it: --port N.",
        });
      });
    const body = await response.text();
    if (!response.ok)
      throw new ExpectedError(`${live ? "not alive" : "not ready"}: ${url} answered ${response.status}`);
    if (globals.json) line(stdout, JSON.stringify(parseJson(body) ?? { body }));
    else if (!globals.quiet) line(stdout, live ? "alive" : "ready");
    return 0;
  },
});
