import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** What every record of the CRM has. */
export abstract class RecordEntity {
  @PrimaryKey({ type: 'uuid' })
  tenantId!: string;

  @PrimaryKey({ type: 'uuid', defaultRaw: 'uuid_v7()' })
  id!: string;

  /** The record's id in the system it was imported from. */
  @Property({ type: 'text', nullable: true })
  legacyId?: string | null;

  /** Counts the API's writes: what optimistic locking compares. */
  @Property({ type: 'integer', default: 1 })
  version!: number;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'datetime', length: 3, defaultRaw: 'now()' })
  updatedAt!: Date;
}
