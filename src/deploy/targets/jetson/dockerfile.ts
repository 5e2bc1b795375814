import { posix } from "node:path";
import { CONTAINER } from "../../container.ts";
import { jetpackBase, jetsonImage, programImage } from "../../jetpack.ts";

/**
 * Dockerfile of the TensorRT worker: NVIDIA's base for the JetPack, with the program, of this version, from its own image.
 * The JetPack is one that we know: see jetpackProblem.
 */
export function dockerfileFor(jetpack: string, version: string): string {
  const base = jetpackBase(jetpack);
  if (base === undefined) throw new Error(`no base for JetPack ${jetpack}`);
  const program = programImage(version);
  const { user, group, data, cache, config, healthPort, entrypoint } = CONTAINER;
  return `# agent2389 on NVIDIA Jetson ${base.boards} with JetPack ${jetpack} (Jetson Linux ${base.l4t}, CUDA ${base.cuda}, TensorRT ${base.tensorrt}).
# Made by agent-deploy: change its JetPack with [deploy] jetpack. On the board, from the source and from this folder:
#
#   docker build -f Dockerfile.generic -t ${program} .
#   docker build -f Dockerfile.jetson -t ${jetsonImage(version, jetpack)} .

ARG PROGRAM_IMAGE=${program}
ARG BASE_IMAGE=${base.image}

FROM \${PROGRAM_IMAGE} AS program

FROM \${BASE_IMAGE}
ENV PATH=/usr/src/tensorrt/bin:/opt/tensorrt/bin:\${PATH} \\
    NVIDIA_VISIBLE_DEVICES=all \\
    NVIDIA_DRIVER_CAPABILITIES=all \\
    CONFIG_PATH=${config} \\
    AGENT2389_DATA_DIR=${data} \\
    XDG_CACHE_HOME=${posix.dirname(cache)} \\
    HEALTH_HOST=0.0.0.0 \\
    HEALTH_PORT=${healthPort} \\
    LOG_FORMAT=json \\
    LOG_LEVEL=info
# The group video may use the GPU's devices. Engines and timing caches are kept in ${cache}: mount a volume there.
# A base without trtexec ends the build here.
RUN groupadd --gid ${group} agent \\
    && useradd --uid ${user} --gid ${group} --groups video --no-create-home --home-dir ${data} --shell /usr/sbin/nologin agent \\
    && install --directory --owner=${user} --group=${group} --mode=0750 ${data} ${cache} \\
    && command -v trtexec
COPY --from=program /usr/local/bin/${entrypoint} /usr/local/bin/${entrypoint}
WORKDIR ${data}
# Without a group: then the groups of the user's own count, video among them.
USER ${user}
EXPOSE ${healthPort}
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["${entrypoint}", "healthcheck"]
ENTRYPOINT ["${entrypoint}"]
CMD ["run"]
ARG BASE_IMAGE
LABEL org.opencontainers.image.title="agent2389 for NVIDIA Jetson" \\
      org.opencontainers.image.description="AI agents over MQTT with TensorRT, for JetPack ${jetpack}" \\
      org.opencontainers.image.licenses="MIT" \\
      org.opencontainers.image.version="${version}" \\
      org.opencontainers.image.base.name="\${BASE_IMAGE}"
`;
}
