/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format: every sample, and the names that `# HELP` lines announce. */
export function readMetrics(text: string): { readonly names: readonly string[]; readonly samples: readonly Sample[] } {
  const lines = text.split('\n');
  return {
    names: lines.flatMap((line) => /^# HELP (\w+) \S/.exec(line)?.[1] ?? []),
    samples: lines.flatMap((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) return [];
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, content]) => [label!, content!]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    }),
  };
}
