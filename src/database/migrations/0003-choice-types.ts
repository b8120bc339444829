/** The tables of the CRM's nine choice types. */
export const choiceTypes = `
CALL create_choice_type('industry', 50);

CALL create_choice_type('lead_source', 20);
ALTER TABLE lead_source ADD COLUMN color varchar(20), ADD COLUMN icon varchar(50), ADD COLUMN conversion_rate_target numeric(5, 2);

CALL create_choice_type('lead_status', 20);
ALTER TABLE lead_status
  ADD COLUMN color varchar(20),
  ADD COLUMN icon varchar(50),
  ADD COLUMN is_qualified boolean NOT NULL DEFAULT false,
  ADD COLUMN is_closed boolean NOT NULL DEFAULT false;

CALL create_choice_type('marketing_channel', 20);
ALTER TABLE marketing_channel ADD COLUMN color varchar(20), ADD COLUMN icon varchar(50);

CALL create_choice_type('account_tier', 20);

CALL create_choice_type('deal_size_category', 20);

CALL create_choice_type('task_priority', 10);
ALTER TABLE task_priority ADD COLUMN color varchar(20);

CALL create_choice_type('task_status', 20);
ALTER TABLE task_status ADD COLUMN color varchar(20), ADD COLUMN is_closed boolean NOT NULL DEFAULT false;

CALL create_choice_type('task_type', 50);
`;
