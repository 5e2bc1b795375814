import { createServer } from "node:net";
import { errorCode } from "../../base/errors.ts";
import { listenError } from "../../base/listen-error.ts";
import { accessTo, DEFAULT_BROKER, openClient } from "../client/connect.ts";
import type { Context } from "../framework/context.ts";

/** The broker that answers, or the port for one of our own. */
export type FoundBroker = { url: string; port: undefined } | { url: string; port: number };

const USUAL_PORT = 1883;

/** That of MQTT_BROKER_URL, else the usual one of this machine, if it can be reached; else one of our own in its place. */
export async function findBroker(ctx: Context): Promise<FoundBroker> {
  const url = ctx.env["MQTT_BROKER_URL"] || DEFAULT_BROKER;
  if (await answers(ctx, url)) return { url, port: undefined };
  const wanted = Number(URL.parse(url)?.port) || USUAL_PORT;
  const port = (await isFree(wanted)) ? wanted : await freePort();
  return { url: `mqtt://127.0.0.1:${port}`, port };
}

/** Waits until a broker that was started takes connections. */
export async function untilAnswers(ctx: Context, url: string): Promise<void> {
  while (!ctx.signal.aborted && !(await answers(ctx, url))) await ctx.clock.sleep(100, ctx.signal);
}

async function answers(ctx: Context, url: string): Promise<boolean> {
  try {
    await (await openClient(ctx, accessTo(ctx, url))).close();
    return true;
  } catch {
    ctx.signal.throwIfAborted();
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await listenOnce(port);
    return true;
  } catch (error) {
    if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") return false;
    throw listenError(error, "127.0.0.1", port);
  }
}

/** A port of the loopback that was free a moment ago. */
export const freePort = (): Promise<number> => listenOnce(0);

const listenOnce = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      const taken = typeof address === "object" && address ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
