import type { EntityClass } from '@mikro-orm/core';
import type { EntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import { tenantId } from '../database.ts';
import { type Choice, Industry, LeadSource, LeadStatus, MarketingChannel } from './entities.ts';

export type Loaders = ReturnType<typeof createLoaders>;

/** What a request has: a unit of work of its own, and loaders that belong to it. */
export interface Context {
  readonly em: EntityManager;
  readonly loaders: Loaders;
}

export function createLoaders(em: EntityManager) {
  const byId = (entity: EntityClass<Choice>) =>
    new DataLoader<string, Choice | null>(async (ids) => {
      const choices = await em.find(entity, { tenantId, id: { $in: [...ids] } });
      const found = new Map(choices.map((choice) => [choice.id, choice]));
      return ids.map((id) => found.get(id) ?? null);
    });
  return {
    industry: byId(Industry),
    leadSource: byId(LeadSource),
    leadStatus: byId(LeadStatus),
    marketingChannel: byId(MarketingChannel),
  };
}
