import { figureOf, type OperationResult, type Results } from './results.ts';

const WIDTH = 880;
const LABEL = 190;
const FIGURE = 70;
const BAR = 16;
const GAP = 6;
const TITLE = 34;
const PADDING = 16;

/** Short enough to stand beside a bar; what kind of server it is says how the bar is painted. */
const LABELS: Readonly<Record<string, readonly [label: string, kind: 'ours' | 'floor' | 'rival']>> = {
  ours: ['dynamic-choices', 'ours'],
  'floor-json': ['floor: json_agg', 'floor'],
  'floor-json-tenant': ['floor, as a tenant', 'floor'],
  'floor-rows': ['floor: rows', 'floor'],
  mercurius: ['Mercurius + JIT', 'rival'],
  postgraphile: ['PostGraphile 5', 'rival'],
  stock: ['type-graphql + MikroORM', 'rival'],
};

/** Requests a second as bars, a panel by operation with a scale of its own; an SVG that can be read on light and on dark. */
export function drawChart(results: Results): string {
  let top = PADDING;
  const panels = results.operations.map((operation) => {
    const panel = drawPanel(results, operation, top);
    top += panel.height;
    return panel.elements;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="Requests a second of each server, by operation">
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328; dominant-baseline: central; }
    .title { font-weight: 600; }
    .label { text-anchor: end; }
    .ours { fill: #0969da; }
    .floor { fill: #8c959f; }
    .rival { fill: #bc4c00; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .ours { fill: #58a6ff; }
      .rival { fill: #db6d28; }
    }
  </style>
${panels.flat().join('\n')}
</svg>
`;
}

function drawPanel(results: Results, operation: OperationResult, top: number): { elements: readonly string[]; height: number } {
  const bars = results.servers
    .filter(({ name }) => operation.statements.has(name))
    .map(({ name }) => ({ name, rate: figureOf(results, operation.name, name, (slice) => slice.requestsPerSecond).median }));
  const most = Math.max(...bars.map(({ rate }) => rate));
  const elements = bars.flatMap(({ name, rate }, at) => {
    const [label, kind] = LABELS[name]!;
    const y = top + TITLE + at * (BAR + GAP);
    const width = ((WIDTH - LABEL - FIGURE - PADDING) * rate) / most;
    return [
      `  <text class="label" x="${LABEL - 8}" y="${y + BAR / 2}">${label}</text>`,
      `  <rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
      `  <text x="${(LABEL + width + 6).toFixed(1)}" y="${y + BAR / 2}">${Math.round(rate).toLocaleString('en')}</text>`,
    ];
  });
  const title = `  <text class="title" x="${PADDING}" y="${top + TITLE / 2}">${operation.title.replaceAll('`', '')}, requests a second</text>`;
  return { elements: [title, ...elements], height: TITLE + bars.length * (BAR + GAP) + PADDING };
}
