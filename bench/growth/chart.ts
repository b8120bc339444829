import type { GrowthResults, PointCost } from './measure.ts';

const WIDTH = 880;
const PANEL = 200;
const PADDING = 48;
const LINES: readonly (readonly [name: string, pick: (cost: PointCost) => number])[] = [
  ['server', (cost) => cost.serverCpu],
  ['database', (cost) => cost.databaseCpu],
];

/** CPU by request along each curve, from zero on one scale; an SVG that can be read on light and on dark. */
export function drawChart({ curves }: GrowthResults): string {
  const most = Math.max(...curves.flatMap(({ points }) => points.flatMap((point) => LINES.map(([, pick]) => pick(point)))));
  const height = PANEL * Math.ceil(curves.length / 2);
  const panels = curves.map(({ title, points }, at) => drawPanel(title, points, most, (at % 2) * (WIDTH / 2), Math.floor(at / 2) * PANEL));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="CPU of a request by what grows">
  <style>
    text { font: 12px system-ui, sans-serif; fill: #1f2328; }
    .title { font-weight: 600; }
    .tick { text-anchor: middle; }
    polyline { fill: none; stroke-width: 2; }
    .server { stroke: #0969da; }
    .database { stroke: #bc4c00; }
    .axis { stroke: #8c959f; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .server { stroke: #58a6ff; }
      .database { stroke: #db6d28; }
    }
  </style>
${panels.flat().join('\n')}
</svg>
`;
}

function drawPanel(title: string, points: readonly PointCost[], most: number, left: number, top: number): readonly string[] {
  const bottom = top + PANEL - PADDING;
  const x = (at: number) => left + PADDING + ((WIDTH / 2 - 2 * PADDING) * at) / Math.max(1, points.length - 1);
  const y = (cost: number) => bottom - ((PANEL - 2 * PADDING) * cost) / most;
  return [
    `  <text class="title" x="${left + PADDING}" y="${top + 24}">${title}: CPU of server (blue) and database, 0 to ${Math.ceil(most)} µs</text>`,
    `  <line class="axis" x1="${left + PADDING}" x2="${left + WIDTH / 2 - PADDING}" y1="${bottom}" y2="${bottom}"/>`,
    ...LINES.map(
      ([name, pick]) =>
        `  <polyline class="${name}" points="${points.map((point, at) => `${x(at).toFixed(1)},${y(pick(point)).toFixed(1)}`).join(' ')}"/>`,
    ),
    ...points.map(({ label }, at) => `  <text class="tick" x="${x(at).toFixed(1)}" y="${bottom + 18}">${label}</text>`),
  ];
}
