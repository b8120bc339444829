/** What is there now, or will be: whoever has it answers it at once, so that nobody waits a turn for each row of a page. */
export type Eventual<Value> = Value | Promise<Value>;
