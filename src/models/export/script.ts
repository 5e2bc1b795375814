import exporting from "./python/export.py" with { type: "text" };
import identify from "./python/identify.py" with { type: "text" };
import inputs from "./python/inputs.py" with { type: "text" };
import load from "./python/load.py" with { type: "text" };
import main from "./python/main.py" with { type: "text" };

/** What the user's Python is given with -c; main.py says what its arguments are, and what it answers. */
export const EXPORT_SCRIPT = [identify, load, inputs, exporting, main].join("\n\n");
