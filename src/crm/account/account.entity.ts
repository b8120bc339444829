import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { RecordEntity } from '../record/record.entity.ts';

@Entity({ tableName: 'account' })
export class AccountEntity extends RecordEntity {
  @Property({ type: 'string', length: 200 })
  name!: string;

  @Property({ type: 'string', length: 500, nullable: true })
  website?: string | null;

  @Property({ type: 'string', length: 100, nullable: true })
  country?: string | null;
}
