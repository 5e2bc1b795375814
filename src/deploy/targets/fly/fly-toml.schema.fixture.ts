import * as z from "../../../base/zod.ts";

/**
 * fly.toml as it is documented: https://fly.io/docs/reference/configuration/, in the state of the documentation's
 * repository (superfly/docs, reference/configuration.mdx, 2026). Strict: a key that is not described there is an error.
 * Values are held to what the text says of them.
 */

const duration = z.union([z.int().check(z.positive()), z.string().check(z.regex(/^(\d+(ms|s|m|h))+$/))]);
const size = z.union([z.int().check(z.positive()), z.string().check(z.regex(/^\d+ ?([mg]b)$/i))]);
const port = z.int().check(z.minimum(1), z.maximum(65535));
const processes = z.optional(z.array(z.string()));
const absolute = z.string().check(z.startsWith("/"));
/** `[x]` and `[[x]]` are both described for these. */
const oneOrMore = <S extends z.ZodMiniType>(schema: S) => z.union([schema, z.array(schema)]);

const httpCheck = {
  grace_period: z.optional(duration),
  interval: z.optional(duration),
  timeout: z.optional(duration),
  method: z.optional(z.string().check(z.regex(/^(get|head|post|put)$/i))),
  path: z.optional(absolute),
  protocol: z.optional(z.enum(["http", "https"])),
  tls_server_name: z.optional(z.string()),
  tls_skip_verify: z.optional(z.boolean()),
  headers: z.optional(z.record(z.string(), z.string())),
};

const checks = z.record(
  z.string(),
  z.strictObject({ ...httpCheck, type: z.enum(["http", "tcp"]), port, processes }),
);

const concurrency = z.strictObject({
  type: z.enum(["connections", "requests"]),
  hard_limit: z.optional(z.int()),
  soft_limit: z.optional(z.int()),
});

const machineCheck = z.strictObject({
  image: z.optional(z.string()),
  entrypoint: z.optional(z.array(z.string())),
  command: z.optional(z.array(z.string())),
  kill_signal: z.optional(z.string()),
  kill_timeout: z.optional(duration),
});

const httpService = z.strictObject({
  processes,
  internal_port: port,
  force_https: z.optional(z.boolean()),
  auto_stop_machines: z.optional(z.enum(["off", "stop", "suspend"])),
  auto_start_machines: z.optional(z.boolean()),
  min_machines_running: z.optional(z.int()),
  concurrency: z.optional(concurrency),
  checks: z.optional(z.array(z.strictObject(httpCheck))),
  machine_checks: z.optional(z.array(machineCheck)),
});

const build = z.strictObject({
  builder: z.optional(z.string()),
  buildpacks: z.optional(z.array(z.string())),
  image: z.optional(z.string()),
  dockerfile: z.optional(z.string()),
  ignorefile: z.optional(z.string()),
  "build-target": z.optional(z.string()),
  args: z.optional(z.record(z.string(), z.string())),
});

const vm = z.strictObject({
  size: z.optional(z.string()),
  memory: z.optional(size),
  cpus: z.optional(z.literal([1, 2, 4, 8, 16])),
  cpu_kind: z.optional(z.enum(["shared", "performance"])),
  kernel_args: z.optional(z.string()),
  host_dedication_id: z.optional(z.string()),
  persist_rootfs: z.optional(z.enum(["never", "restart", "always"])),
  processes,
});

const deploy = z.strictObject({
  release_command: z.optional(z.string()),
  release_command_timeout: z.optional(duration),
  release_command_vm: z.optional(vm),
  strategy: z.optional(z.enum(["rolling", "immediate", "canary", "bluegreen"])),
  max_unavailable: z.optional(z.number()),
  wait_timeout: z.optional(duration),
});

const mount = z.strictObject({
  source: z.string().check(z.regex(/^[a-z0-9_]{1,30}$/)),
  destination: absolute,
  processes,
  initial_size: z.optional(size),
  snapshot_retention: z.optional(z.int().check(z.minimum(1), z.maximum(60))),
  scheduled_snapshots: z.optional(z.boolean()),
  auto_extend_size_threshold: z.optional(z.int()),
  auto_extend_size_increment: z.optional(size),
  auto_extend_size_limit: z.optional(size),
});

/** One of the three sources, exactly. */
const file = z
  .strictObject({
    guest_path: absolute,
    local_path: z.optional(z.string()),
    raw_value: z.optional(z.string()),
    secret_name: z.optional(z.string()),
    processes,
  })
  .check(
    z.refine(
      ({ local_path, raw_value, secret_name }) =>
        [local_path, raw_value, secret_name].filter((source) => source !== undefined).length === 1,
      "needs one of local_path, raw_value, secret_name",
    ),
  );

const env = z.record(
  z.string().check(z.refine((name) => !name.startsWith("FLY_"), "names that begin with FLY_ are Fly's")),
  z.string(),
);

const documented = z.strictObject({
  app: z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)),
  primary_region: z.optional(z.string().check(z.regex(/^[a-z]{3}$/))),
  kill_signal: z.optional(
    z.enum(["SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGSTOP"]),
  ),
  kill_timeout: z.optional(z.int().check(z.minimum(1), z.maximum(300))),
  console_command: z.optional(z.string()),
  swap_size_mb: z.optional(z.int()),
  build: z.optional(build),
  deploy: z.optional(deploy),
  env: z.optional(env),
  processes: z.optional(z.record(z.string(), z.string())),
  http_service: z.optional(httpService),
  mounts: z.optional(oneOrMore(mount)),
  vm: z.optional(z.array(vm)),
  restart: z.optional(
    z.array(
      z.strictObject({
        policy: z.enum(["always", "never", "on-failure"]),
        retries: z.optional(z.int()),
        processes,
      }),
    ),
  ),
  checks: z.optional(checks),
  metrics: z.optional(oneOrMore(z.strictObject({ port, path: absolute, processes }))),
  files: z.optional(z.array(file)),
});

/** What the text says about sections together. */
export const flyTomlSchema = documented.check(
  z.refine(
    ({ deploy: { strategy } = {}, mounts }) =>
      mounts === undefined || strategy === undefined || strategy === "rolling" || strategy === "immediate",
    "canary and bluegreen cannot be used with volumes",
  ),
  z.refine(
    ({ deploy: { strategy } = {}, checks: top, http_service: service }) =>
      strategy !== "bluegreen" || top !== undefined || service?.checks !== undefined,
    "bluegreen needs a health check",
  ),
  z.refine(
    ({ mounts }) => mounts === undefined || !Array.isArray(mounts) || mounts.length <= 1,
    "one volume a Machine",
  ),
);
