import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { RecordEntity } from '../record/record.entity.ts';

@Entity({ tableName: 'lead' })
export class LeadEntity extends RecordEntity {
  @Property({ type: 'string', length: 100 })
  firstName!: string;

  @Property({ type: 'string', length: 100 })
  lastName!: string;

  @Property({ type: 'string', length: 254 })
  email!: string;

  @Property({ type: 'string', length: 50, nullable: true })
  phone?: string | null;

  @Property({ type: 'string', length: 200 })
  company!: string;

  @Property({ type: 'string', length: 200, nullable: true })
  jobTitle?: string | null;

  @Property({ type: 'string', length: 100, nullable: true })
  country?: string | null;

  @Property({ type: 'integer', default: 0 })
  leadScore!: number;

  @Property({ type: 'decimal', precision: 18, scale: 2, nullable: true })
  annualRevenue?: string | null;
}
