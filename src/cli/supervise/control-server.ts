import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "../../base/zod.ts";
import type { SupervisorStatus } from "./control-client.ts";
import type { RunFolder } from "./run-folder.ts";

export interface Controls {
  status(): SupervisorStatus;
  /** Begins to stop. */
  stop(): void;
  /** False: no such agent is kept running. */
  restart(name: string, variables: Readonly<Record<string, string>>): Promise<boolean>;
}

export interface ControlServer {
  close(): Promise<void>;
}

const restartSchema = () => z.object({ name: z.string(), variables: z.record(z.string(), z.string()) });

/** Lets other calls of the program ask the supervisor, on the loopback; the word it wants only this user can read. */
export async function openControls(folder: RunFolder, controls: Controls): Promise<ControlServer> {
  const token = crypto.randomUUID();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (request.headers.get("authorization") !== `Bearer ${token}`)
        return new Response(null, { status: 401 });
      const { pathname } = new URL(request.url);
      if (pathname === "/status") return Response.json(controls.status());
      if (request.method !== "POST") return new Response(null, { status: 404 });
      if (pathname === "/stop") controls.stop();
      else if (pathname === "/restart") {
        const asked = restartSchema().safeParse(await request.json()).data;
        if (!asked || !(await controls.restart(asked.name, asked.variables)))
          return new Response(null, { status: 400 });
      } else return new Response(null, { status: 404 });
      return new Response(null, { status: 204 });
    },
  });
  await mkdir(dirname(folder.address), { recursive: true, mode: 0o700 });
  const address = { url: `http://127.0.0.1:${server.port}`, token };
  await writeFile(folder.address, `${JSON.stringify(address)}\n`, { mode: 0o600 });
  return {
    async close() {
      await rm(folder.address, { force: true });
      await server.stop(true);
    },
  };
}
