export const ENDPOINTS = {
  "/": "This list",
  "/live": "Liveness: 200 while the process runs",
  "/ready": "Readiness: 200 while the agent takes tasks, else 503",
  "/health": "Health with the details of each check: 503 when one has failed",
  "/metrics": "Metrics: Prometheus text, or JSON with Accept: application/json",
};

/** The list for people; it holds nothing that was not written here. */
export function indexPage(): string {
  const rows = Object.entries(ENDPOINTS).map(
    ([path, text]) => `<dt><a href="${path}">${path}</a></dt><dd>${text}</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>agent2389</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark; }
  dt { font-family: ui-monospace, monospace; }
  dd { margin: 0 0 0.75rem; }
</style>
<h1>agent2389</h1>
<dl>
${rows.join("\n")}
</dl>
</html>
`;
}
