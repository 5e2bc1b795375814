import * as z from "../base/zod.ts";

export const serverSection = z.described(
  z.strictObject({
    enabled: z.described(z._default(z.boolean(), true), "Serve /live, /ready, /health and /metrics."),
    host: z.described(
      z._default(z.string(), "0.0.0.0"),
      "Address to listen on; HEALTH_HOST, when set, comes before it.",
    ),
    port: z.described(
      z._default(z.int().check(z.minimum(0), z.maximum(65535)), 8080),
      "Port to listen on (0: any free one); HEALTH_PORT, when set, comes before it.",
    ),
    token_env: z.described(
      z.optional(z.string()),
      "Environment variable of a bearer token that /health and /metrics then ask for; /live and /ready stay open.",
    ),
  }),
  "The health server.",
);
/** Where people say what the health server listens on. */
export const LISTEN_SETTINGS = {
  host: "HEALTH_HOST or [server] host",
  port: "HEALTH_PORT or [server] port",
};

export type ServerSection = z.output<typeof serverSection>;
