import { Entity, Property } from '@mikro-orm/decorators/legacy';
import { RecordEntity } from '../record/record.entity.ts';

@Entity({ tableName: 'task' })
export class TaskEntity extends RecordEntity {
  @Property({ type: 'uuid', nullable: true })
  leadId?: string | null;

  @Property({ type: 'string', length: 200 })
  title!: string;
}
