import { trusted } from "../../base/html/markup.ts";

/** Memory bars and verdicts, beside what all our pages share. The colours are told apart without seeing red or green, too. */
export const STYLE = trusted(`
:root { --weights: #2f62c9; --cache: #1d9a8a; --activations: #d9902f; --graphs: #9a63c4; --overhead: #8792a2; --empty: #e9ecf1; --inside: #16191d; }
@media (prefers-color-scheme: dark) { :root { --weights: #5d8df0; --cache: #3cbcab; --activations: #e5a64c; --graphs: #b98ade; --overhead: #7d8794; --empty: #262b32; --inside: #fff; } }
svg.memory { width: 100%; height: auto; display: block; margin-top: 10px; overflow: visible; }
.term.weights { fill: var(--weights); } .term.cache { fill: var(--cache); } .term.activations { fill: var(--activations); }
.term.graphs { fill: var(--graphs); } .term.overhead { fill: var(--overhead); } .empty { fill: var(--empty); }
.budget { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; } .tick { fill: var(--soft); font-size: 12px; }
.over { fill: var(--bad); fill-opacity: .45; }
.inside { fill: var(--inside); font-size: 11px; paint-order: stroke; stroke: var(--card); stroke-width: 2.5px; stroke-linejoin: round; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin: 0 5px 0 14px; } .key:first-child { margin-left: 0; }
.key.weights { background: var(--weights); } .key.cache { background: var(--cache); } .key.activations { background: var(--activations); }
.key.graphs { background: var(--graphs); } .key.overhead { background: var(--overhead); }
.badge { display: inline-block; font-size: 12.5px; font-weight: 650; padding: 1px 9px; border-radius: 999px; white-space: nowrap; background: var(--warn-bg); color: var(--warn); }
.badge.go { background: var(--good-bg); color: var(--good); } .badge.no { background: var(--bad-bg); color: var(--bad); }
.verdict.unknown { border-left-color: var(--warn); background: var(--warn-bg); } .verdict.unknown strong { color: var(--warn); }
.model h2 { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; overflow-wrap: anywhere; }
ul { margin: 8px 0 0; padding-left: 20px; } li { margin: 3px 0; overflow-wrap: anywhere; } .checks { list-style: none; padding-left: 0; }
.checks li::before { content: "✓"; color: var(--good); display: inline-block; width: 20px; } .checks li.failed::before { content: "✗"; color: var(--bad); }
.checks li.skipped::before { content: "–"; color: var(--soft); } .changes { background: var(--page); border-radius: 8px; padding: 10px 14px; margin-top: 10px; }
h3 + * { margin-top: 8px; }
@media print { .card { border-color: #bbb; } }
`);
