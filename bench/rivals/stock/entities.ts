/** One class for the table and the type, as most projects have them. */
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType()
export abstract class Choice {
  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: 'uuid' })
  tenantId!: string;

  @Field(() => String)
  @Property({ type: 'string' })
  key!: string;

  @Field(() => String)
  @Property({ type: 'string' })
  label!: string;

  @Field(() => Int)
  @Property({ type: 'integer' })
  position!: number;

  @Field(() => Boolean)
  @Property({ type: 'boolean' })
  active!: boolean;
}

@ObjectType()
@Entity({ tableName: 'industry' })
export class Industry extends Choice {}

@ObjectType()
@Entity({ tableName: 'lead_source' })
export class LeadSource extends Choice {}

@ObjectType()
@Entity({ tableName: 'lead_status' })
export class LeadStatus extends Choice {}

@ObjectType()
@Entity({ tableName: 'marketing_channel' })
export class MarketingChannel extends Choice {}

@ObjectType()
@Entity({ tableName: 'lead' })
export class Lead {
  @PrimaryKey({ type: 'uuid' })
  tenantId!: string;

  @Field(() => ID)
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Field(() => String)
  @Property({ type: 'string' })
  firstName!: string;

  @Field(() => String)
  @Property({ type: 'string' })
  lastName!: string;

  @Field(() => String)
  @Property({ type: 'string' })
  email!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string', nullable: true })
  phone?: string | null;

  @Field(() => String)
  @Property({ type: 'string' })
  company!: string;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string', nullable: true })
  jobTitle?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string', nullable: true })
  country?: string | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string' })
  industry!: string;

  @ManyToOne(() => Industry, { fieldName: 'industry_id', nullable: true })
  industryRef?: Industry | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string' })
  leadSource!: string;

  @ManyToOne(() => LeadSource, { fieldName: 'lead_source_id', nullable: true })
  leadSourceRef?: LeadSource | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string' })
  status!: string;

  @ManyToOne(() => LeadStatus, { fieldName: 'status_id', nullable: true })
  statusRef?: LeadStatus | null;

  @Field(() => String, { nullable: true })
  @Property({ type: 'string', nullable: true })
  marketingChannel?: string | null;

  @ManyToOne(() => MarketingChannel, { fieldName: 'marketing_channel_id', nullable: true })
  marketingChannelRef?: MarketingChannel | null;

  @Field(() => Int)
  @Property({ type: 'integer' })
  leadScore!: number;

  @Field(() => String, { nullable: true })
  @Property({ type: 'decimal', nullable: true })
  annualRevenue?: string | null;

  @Property({ type: 'integer', version: true })
  version!: number;

  @Property({ type: 'datetime', length: 3 })
  createdAt!: Date;

  @Property({ type: 'datetime', length: 3, onUpdate: () => new Date() })
  updatedAt!: Date;
}
