import { z } from "zod";

export const serverSection = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Serve /live, /ready, /health and /metrics."),
    host: z
      .string()
      .default("0.0.0.0")
      .describe("Address to listen on; HEALTH_HOST, when set, comes before it."),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(8080)
      .describe("Port to listen on (0: any free one); HEALTH_PORT, when set, comes before it."),
    token_env: z
      .string()
      .optional()
      .describe(
        "Environment variable of a bearer token that /health and /metrics then ask for; /live and /ready stay open.",
      ),
  })
  .describe("The health server.");
export type ServerSection = z.output<typeof serverSection>;
