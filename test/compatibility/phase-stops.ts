import { preferFields } from '../../src/choice/migrate/prefer.ts';
import type { Regime } from '../../src/choice/regime.ts';
import { addColumns, fillColumns, openWindow, tellServers } from '../harness/regimes.ts';
import type { TestCrm } from '../harness/test-crm.ts';
import { migrateHalf } from './half-migration.ts';

/** A place on the way from populated to contracted and back, at which every operation is answered as before it. */
export interface PhaseStop {
  readonly where: string;
  /** Where every field is by then. */
  readonly regime: Regime;
  /** From the stop before it. Answers how to leave, where the next stop needs more than to be entered. */
  enter(crm: TestCrm): Promise<(() => Promise<void>) | void>;
}

/** The whole way, in order. */
export const PHASE_STOPS: readonly PhaseStop[] = [
  { where: 'every field is migrated by half', regime: 'column', enter: async (crm) => (await migrateHalf(crm)).finish },
  { where: 'migrated', regime: 'column', enter: (crm) => crm.migrate() },
  {
    where: 'one tenant alone is preferred',
    regime: 'column',
    enter: async (crm) => void (await preferFields(crm.owner.sql, { ...crm.scope, tenants: [crm.tenant('acme')] }, crm.run)),
  },
  {
    where: 'the archive is kept in step, and servers name the column no more',
    regime: 'window',
    enter: async (crm) => {
      await crm.prefer();
      await openWindow(crm);
    },
  },
  {
    where: 'the archive is kept in step, and servers name the column',
    regime: 'window',
    enter: (crm) => tellServers(crm, 'column'),
  },
  { where: 'contracted', regime: 'archive', enter: (crm) => crm.contract() },
  { where: 'the column is there again, empty', regime: 'restore', enter: addColumns },
  { where: 'the column is filled, and servers name it', regime: 'restore', enter: fillColumns },
  { where: 'rolled back to preferred', regime: 'column', enter: (crm) => crm.rollback('preferred') },
  {
    where: 'contracted again, and rolled back to migrated at once',
    regime: 'column',
    enter: async (crm) => {
      await crm.contract();
      await crm.rollback('migrated');
    },
  },
  { where: 'rolled back to populated', regime: 'column', enter: (crm) => crm.rollback('populated') },
  { where: 'rolled back to expanded', regime: 'column', enter: (crm) => crm.rollback('expanded') },
];
