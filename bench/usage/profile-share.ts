import type { Profiler } from 'node:inspector';

/** The functions that a server runs only to record the use of the schema: what is beneath them is what recording costs a request. */
const RECORDING = new Set(['willSendResponse']);
const IDLE = '(idle)';

/** The part of a profile's busy time that was spent on recording, 0 to 1. @throws if it never recorded. */
export function readRecordingShare({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): number {
  const recording = new Set<number>();
  const idle = new Set<number>();
  // A node comes before its children.
  for (const { id, callFrame, children = [] } of nodes) {
    if (callFrame.functionName === IDLE) idle.add(id);
    if (RECORDING.has(callFrame.functionName)) recording.add(id);
    if (recording.has(id)) for (const child of children) recording.add(child);
  }
  const sum = (counts: (node: number) => boolean) => samples.reduce((total, node, at) => total + (counts(node) ? timeDeltas[at]! : 0), 0);
  const spent = sum((node) => recording.has(node));
  if (spent === 0) throw new Error('the profile holds no call of willSendResponse: did it get another name?');
  return spent / sum((node) => !idle.has(node));
}
