/**
 * Whether an image is one of this machine, not of a registry: `agent2389:1.2.3`. Names of Docker Hub's own images look
 * the same, but none of them holds an agent.
 */
export const isLocalImage = (image: string): boolean => !image.includes("/");
