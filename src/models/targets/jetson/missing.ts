/** Where there is no TensorRT: what is said, and what to do about it on the command line. */
export const NO_TRTEXEC = {
  reason: "there is no trtexec on this machine",
  hint: "On a Jetson it comes with JetPack (/usr/src/tensorrt/bin), in a container with NVIDIA's l4t-tensorrt -devel images. From here, send the work to one: --worker AGENT, or take it there: --bundle. For this machine itself: --target cpu.",
} as const;
