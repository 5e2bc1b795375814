import { ExpectedError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { readIfThere } from "../../base/read-if-there.ts";
import * as z from "../../base/zod.ts";
import type { Context } from "../framework/context.ts";
import type { RunFolder } from "./run-folder.ts";

const addressSchema = () => z.object({ url: z.string(), token: z.string() });
type Address = z.output<ReturnType<typeof addressSchema>>;

const statusSchema = () =>
  z.object({
    project: z.string(),
    /** Address of the broker; absent: each config names its own. */
    broker: z.optional(z.string()),
    processes: z.array(
      z.object({
        name: z.string(),
        state: z.enum(["running", "waiting", "gave up", "stopped"]),
        pid: z.optional(z.number()),
        /** In ms since 1970. */
        since: z.optional(z.number()),
        restarts: z.number(),
        reason: z.optional(z.string()),
        /** Of its health server. */
        url: z.optional(z.string()),
        ready: z.optional(z.boolean()),
        /** Names of the secrets that it was given. */
        secrets: z.array(z.string()),
        /** Tells one version of its config and settings from another. */
        hash: z.optional(z.string()),
      }),
    ),
  });
export type SupervisorStatus = z.output<ReturnType<typeof statusSchema>>;

/** The supervisor of a project, as long as it runs. */
export interface ControlClient {
  status(): Promise<SupervisorStatus>;
  /** Resolves when it begins to stop. */
  stop(): Promise<void>;
  /** Starts one agent anew, with these variables in place of those that it had. */
  restart(name: string, variables: Readonly<Record<string, string>>): Promise<void>;
}

/** The running supervisor, or undefined when there is none. */
export async function findSupervisor(
  { services, signal }: Pick<Context, "services" | "signal">,
  folder: RunFolder,
): Promise<ControlClient | undefined> {
  const address = await readAddress(folder);
  if (address === undefined) return undefined;
  const call = async (path: string, init: RequestInit = {}): Promise<Response | undefined> => {
    const headers = { authorization: `Bearer ${address.token}` };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
    return services.fetch(`${address.url}${path}`, { ...init, headers, signal: limit }).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
  };
  const demand = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await call(path, init);
    if (response?.ok) return response;
    throw new ExpectedError(
      `the supervisor does not answer as it should (${response?.status ?? "no answer"})`,
      {
        where: address.url,
        hint: "Stop it: Ctrl-C where it runs.",
      },
    );
  };
  if (!(await call("/status"))?.ok) return undefined;
  return {
    status: async () => statusSchema().parse(await (await demand("/status")).json()),
    stop: async () => void (await demand("/stop", { method: "POST" })),
    restart: async (name, variables) =>
      void (await demand("/restart", { method: "POST", body: JSON.stringify({ name, variables }) })),
  };
}

const CALL_MS = 5_000;

async function readAddress({ address }: RunFolder): Promise<Address | undefined> {
  const text = await readIfThere(address);
  return text === undefined ? undefined : addressSchema().safeParse(parseJson(text)).data;
}

export const notRunning = (project: string): ExpectedError =>
  new ExpectedError(`${project} does not run on this machine`, {
    hint: "To start it: agent-deploy deploy local <config>",
  });
