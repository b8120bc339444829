import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { RecordEntity } from '../record/record.entity.ts';

@Entity({ tableName: 'opportunity' })
export class OpportunityEntity extends RecordEntity {
  @Property({ type: 'uuid' })
  accountId!: string;

  @Property({ type: 'string', length: 200 })
  name!: string;

  @Property({ type: 'decimal', precision: 18, scale: 2, nullable: true })
  amount?: string | null;
}
