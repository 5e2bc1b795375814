/** `vLLM 0.11.0, by tag v0.11.0 of the image`, or why it is not known. */
export const runtimeText = ({
  version,
  evidence,
}: {
  version?: string | undefined;
  evidence: string;
}): string => (version === undefined ? evidence : `vLLM ${version}, by ${evidence}`);
