import type { Pace } from './rate-meter.ts';

/** `1200/s, ETA 0:42`, as far as it is known yet. */
export function formatPace(pace: Pace): string {
  return [
    pace.perSecond === undefined ? '' : `${formatRate(pace.perSecond)}/s`,
    pace.secondsLeft === undefined ? '' : `ETA ${formatSeconds(pace.secondsLeft)}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function formatRate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const padded = (part: number) => String(part).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(whole % 60)}` : `${minutes}:${padded(whole % 60)}`;
}
