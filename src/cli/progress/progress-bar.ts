import stringWidth from 'string-width';
import type { Progress } from '../../choice/migrate/run.ts';
import type { OutputStream } from '../cli-dependencies.ts';
import { formatPace } from './format-pace.ts';
import type { ProgressDisplay } from './progress-display.ts';
import { createRateMeter, figuresOf, progressKey } from './rate-meter.ts';

const REDRAW_EVERY_MS = 100;
const LONGEST_BAR = 30;
const SHORTEST_BAR = 5;
const ERASE_LINE = '\r\u001b[2K';

/** One line that is redrawn in place and gone at the end: the result says what was done. */
export function createProgressBar(stream: OutputStream, now: () => number): ProgressDisplay {
  const measure = createRateMeter(now);
  let drawn = '';
  let drawnKey = '';
  let drawnAt = 0;

  const erase = () => {
    if (drawn !== '') stream.write(ERASE_LINE);
  };
  const draw = (line: string) => {
    stream.write(ERASE_LINE + line);
    drawn = line;
  };
  return {
    report: (progress) => {
      const pace = formatPace(measure(progress));
      const { done, total } = figuresOf(progress);
      const due = now() - drawnAt >= REDRAW_EVERY_MS || progressKey(progress) !== drawnKey || done === total;
      if (!due) return;
      drawnKey = progressKey(progress);
      drawnAt = now();
      draw(layOut(progress, pace, stream.columns || 80));
    },
    say: (line) => {
      erase();
      stream.write(`${line}\n`);
      if (drawn !== '') draw(drawn);
    },
    end: () => {
      erase();
      drawn = '';
    },
  };
}

/** A line that is as wide as the terminal wraps, and the next erase would miss its first half: it stays one column short. */
function layOut(progress: Progress, pace: string, columns: number): string {
  const label = progressKey(progress);
  const { done, total } = figuresOf(progress);
  const rest = [pace, progress.note ?? ''].filter((part) => part !== '').join(', ');
  if (total === undefined) return cut([label, done, rest].join(' ').trimEnd(), columns - 1);

  const share = total === 0 ? 1 : Math.min(1, done / total);
  const figures = `${String(Math.floor(share * 100)).padStart(3)}% ${done}/${total} ${rest}`.trimEnd();
  const room = columns - 1 - stringWidth(label) - stringWidth(figures) - 2;
  if (room < SHORTEST_BAR) return cut(`${label} ${figures}`, columns - 1);

  const length = Math.min(LONGEST_BAR, room);
  const filled = Math.floor(share * length);
  return `${label} ${'█'.repeat(filled)}${'░'.repeat(length - filled)} ${figures}`;
}

function cut(line: string, columns: number): string {
  let fitting = line;
  while (stringWidth(fitting) > Math.max(0, columns)) fitting = Array.from(fitting).slice(0, -1).join('');
  return fitting;
}
